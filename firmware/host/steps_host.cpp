#include "../controller/config.h"

#if defined(DEADSTOP_ARM)

#include "../controller/cnc_shield.h"
#include "../controller/shield.h"
#include "host.h"
#include "plant.h"

namespace {

using cnc_shield::Slice;

constexpr uint8_t kSlots = 4;

struct Steppers {
    bool enabled;
    int64_t steps[config::kAxes];
    bool closed[config::kAxes];
    Slice slots[kSlots];
    uint8_t pushed;
    uint8_t begun;
    uint8_t passing;
    uint8_t passed;
    bool gap;
};

Steppers steppers;

void set_enabled(bool enabled) {
    steppers.enabled = enabled;
    for (uint8_t axis = 0; axis < config::kAxes && host::on_drive != nullptr; ++axis) {
        host::on_drive(axis, host::drive(axis));
    }
}

}  // namespace

namespace plant {

void cut(uint8_t) { set_enabled(false); }

// A slice is carried out as a whole when it begins.
void pass_period() {
    steppers.passed = static_cast<uint8_t>(steppers.passed + steppers.passing);
    steppers.passing = 0;
    if (steppers.begun == steppers.pushed) {
        steppers.gap = true;
        return;
    }
    const Slice& slice = steppers.slots[steppers.begun++ % kSlots];
    steppers.passing = slice.passed;
    for (uint8_t axis = 0; axis < config::kAxes && steppers.enabled; ++axis) {
        const cnc_shield::Steps& steps = slice.steps[axis];
        host::on_steps(axis, steps);
        steppers.steps[axis] += steps.forward ? steps.count : -static_cast<int64_t>(steps.count);
    }
}

}  // namespace plant

namespace host {

void (*on_steps)(uint8_t axis, const cnc_shield::Steps& steps) = [](uint8_t, const cnc_shield::Steps&) {};

int16_t drive(uint8_t) { return steppers.enabled ? 1000 : 0; }

int64_t position(uint8_t axis) { return steppers.steps[axis]; }

// The limit switch.
void hold(uint8_t axis, bool held) { steppers.closed[axis] = held; }

void turn(uint8_t, int16_t) {}

}  // namespace host

namespace shield {

void begin() { steppers = Steppers(); }

uint16_t counts(uint8_t axis) {
    plant::call();
    return static_cast<uint16_t>(host::position(axis));
}

}  // namespace shield

namespace cnc_shield {

uint8_t waiting() { return static_cast<uint8_t>(steppers.pushed - steppers.begun); }

Slice& next_slice() { return steppers.slots[steppers.pushed % kSlots]; }

void push() { ++steppers.pushed; }

uint8_t next_number() { return steppers.pushed; }

uint8_t current_number() { return static_cast<uint8_t>(steppers.begun - 1); }

uint16_t units_ahead() { return static_cast<uint16_t>(waiting() * kUnitsPerSlice); }

bool take_gap() {
    const bool gap = steppers.gap;
    steppers.gap = false;
    return gap;
}

uint8_t take_passed() {
    const uint8_t passed = steppers.passed;
    steppers.passed = 0;
    return passed;
}

void enable() {
    plant::call();
    if (shield::stops == 0) {
        set_enabled(true);
    }
}

void disable() {
    plant::call();
    set_enabled(false);
    steppers.pushed = steppers.begun;
    steppers.passing = 0;
    steppers.passed = 0;
}

void forget_steps(uint8_t axis) {
    plant::call();
    for (uint8_t number = steppers.begun; number != steppers.pushed; ++number) {
        steppers.slots[number % kSlots].steps[axis].count = 0;
    }
}

bool is_switch_closed(uint8_t axis) {
    plant::call();
    return steppers.closed[axis] || steppers.steps[axis] < config::kLeastCounts[axis];
}

}  // namespace cnc_shield

#endif
