#include "board.h"

#include "axis.h"
#include "config.h"
#include "events.h"
#include "hardware.h"
#include "line.h"
#include "receiver.h"
#include "session.h"

namespace board {
namespace {

// Room for an answer behind what stop bytes say that came amid its frame: 47 bytes for each axis, at most.
constexpr uint8_t kRoomBytes = line::kMaxBytes + config::kAxes * 48;

// The drive is off already: the interrupt saw to that.
void note_stops() {
    const uint8_t stops = hardware::take_stops();
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        if (stops & (1 << i)) {
            axis::stop(i, protocol::Cause::byte, protocol::Category::remove_power);
        }
    }
}

// Reads up to the end of one frame. Only with room for its answer; what a stop byte amid the frame has to tell may take that room
// first. Then the answer is lost, and the host, which sends the frame once more, gets it.
void read_frame() {
    uint8_t byte = 0;
    uint16_t position = 0;
    while (hardware::room_bytes() >= line::kMaxBytes && hardware::take_byte(byte, position)) {
        switch (receiver::feed(byte, position)) {
            case receiver::Found::nothing:
                break;
            case receiver::Found::rejected:
                session::reject(receiver::error());
                return;
            case receiver::Found::frame:
                note_stops();
                session::answer(receiver::frame());
                return;
        }
    }
}

}  // namespace

void begin() {
    hardware::begin();
    axis::begin();
    receiver::reset();
    session::begin();
    events::boot(hardware::boot_cause());
}

void poll() {
    note_stops();
    const uint8_t periods = hardware::take_ticks();
    if (periods > 0) {
        axis::tick(periods);
        hardware::feed_watchdog();
    }
    if (hardware::take_query()) {
        session::tell_states();
    }
    read_frame();
    hardware::idle(kRoomBytes);
}

}  // namespace board
