#include "board.h"

#include "axis.h"
#include "config.h"
#include "events.h"
#include "hardware.h"
#include "line.h"
#include "receiver.h"
#include "session.h"
#include "shield.h"

namespace board {
namespace {

// Room for what stop bytes make every axis tell; and for an answer behind that.
constexpr uint8_t kStopsBytes = config::kAxes * events::kMaxBytes;
constexpr uint8_t kRoomBytes = kStopsBytes + line::kMaxBytes;
static_assert(config::kAxes * events::kMaxBytes + line::kMaxBytes <= 255, "there is no more room than that");

// The drive is off already: the interrupt saw to that, and forbids it until this takes note. So a stop that could not be told waits.
void note_stops() {
    if (hardware::room_bytes() < kStopsBytes) {
        return;
    }
    const uint8_t stops = hardware::take_stops();
    if (stops != 0) {
        axis::stop(stops, protocol::Cause::byte, protocol::Category::remove_power);
    }
}

// Reads up to the end of one frame. Only with room to answer it, even if a stop byte comes amid: an answer is never lost.
void read_frame() {
    uint8_t byte = 0;
    uint16_t position = 0;
    while (hardware::room_bytes() >= kRoomBytes && hardware::take_byte(byte, position)) {
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
    const uint8_t periods = shield::take_ticks();
    if (periods > 0) {
        axis::tick(periods);
        hardware::feed_watchdog();
    }
    if (hardware::room_bytes() >= kRoomBytes && hardware::take_query()) {
        session::tell_states();
    }
    read_frame();
    hardware::idle(kRoomBytes);
}

}  // namespace board
