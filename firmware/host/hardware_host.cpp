#include "../controller/hardware.h"
#include "../controller/config.h"
#include "../controller/shield.h"
#include "host.h"
#include "plant.h"

namespace {

constexpr uint8_t kReceived = 128;
constexpr uint8_t kSent = 255;
constexpr uint8_t kBytesPerPeriod = 11;  // at 115,200 baud

struct Chip {
    uint8_t received[kReceived];
    uint16_t received_count;
    uint16_t taken_count;
    uint16_t lost;
    uint8_t stopped;
    uint16_t stopped_at[config::kAxes];
    bool query;
    uint8_t periods;
    uint32_t now_us;
};

Chip chip;
std::string sending;
std::string sent;

}  // namespace

volatile uint8_t shield::stops;

namespace plant {

void call() {
    if (host::on_call != nullptr) {
        host::on_call();
    }
}

}  // namespace plant

namespace host {

void (*on_drive)(uint8_t axis, int16_t permille) = nullptr;
void (*on_call)() = nullptr;
void (*on_send)(const std::string& text) = nullptr;

void receive(uint8_t byte) {
    if (byte == '!' || (byte >= 'A' && byte <= 'H')) {
        for (uint8_t axis = 0; axis < config::kAxes; ++axis) {
            if (config::kSharedPower || byte == 'A' + axis || byte == '!' || byte >= 'A' + config::kAxes) {
                plant::cut(axis);
                shield::stops = static_cast<uint8_t>(shield::stops | 1 << axis);
                chip.stopped = static_cast<uint8_t>(chip.stopped | 1 << axis);
                chip.stopped_at[axis] = chip.received_count;
            }
        }
    } else if (byte == '?') {
        chip.query = true;
    } else if (static_cast<uint16_t>(chip.received_count - chip.taken_count) < kReceived) {
        chip.received[chip.received_count++ % kReceived] = byte;
    } else {
        chip.lost = static_cast<uint16_t>(chip.lost + (chip.lost < 0xffff));
    }
}

void pass_period() {
    plant::pass_period();
    const size_t leaving = sending.size() < kBytesPerPeriod ? sending.size() : kBytesPerPeriod;
    sent.append(sending, 0, leaving);
    sending.erase(0, leaving);
    chip.now_us += 1000;
    if (chip.periods < 255) {
        ++chip.periods;
    }
}

std::string take_sent() {
    std::string taken;
    taken.swap(sent);
    return taken;
}

uint16_t lost() { return chip.lost; }

uint8_t room() { return static_cast<uint8_t>(kSent - sending.size()); }

}  // namespace host

namespace hardware {

void begin() {
    chip = Chip();
    shield::stops = 0;
    shield::begin();
    sending.clear();
    sent.clear();
}

protocol::BootCause boot_cause() { return protocol::BootCause::power; }

void feed_watchdog() {}

void idle(uint8_t) {}

uint8_t take_stops() {
    plant::call();
    const uint8_t stops = shield::stops;
    shield::stops = 0;
    return stops;
}

bool stopped_since(uint8_t axis, uint16_t position) {
    plant::call();
    return (chip.stopped & 1 << axis) && static_cast<int16_t>(chip.stopped_at[axis] - position) > 0;
}

bool take_query() {
    plant::call();
    const bool asked = chip.query;
    chip.query = false;
    return asked;
}

bool take_byte(uint8_t& byte, uint16_t& position) {
    plant::call();
    position = chip.taken_count;
    if (position == chip.received_count) {
        return false;
    }
    for (uint8_t axis = 0; axis < config::kAxes; ++axis) {
        if (static_cast<int16_t>(position - chip.stopped_at[axis]) >= protocol::kMaxFrameBytes) {
            chip.stopped = static_cast<uint8_t>(chip.stopped & ~(1 << axis));
        }
    }
    byte = chip.received[position % kReceived];
    ++chip.taken_count;
    return true;
}

uint16_t lost_bytes() {
    plant::call();
    return chip.lost;
}

uint16_t overruns() { return 0; }

uint8_t room_bytes() {
    plant::call();
    return host::room();
}

void send(const char* text, uint8_t length) {
    plant::call();
    if (host::on_send != nullptr) {
        host::on_send(std::string(text, length));
    }
    sending.append(text, length);
}

}  // namespace hardware

namespace shield {

uint8_t ticks_due() { return chip.periods; }

uint32_t now_us() {
    plant::call();
    return chip.now_us;
}

uint8_t take_ticks() {
    plant::call();
    const uint8_t periods = chip.periods;
    chip.periods = 0;
    return periods;
}

}  // namespace shield
