#include "config.h"

#if !defined(DEADSTOP_ARM)

#include "drive.h"
#include "motor_shield.h"
#include "profile.h"
#include "servo.h"
#include "shaft.h"
#include "wrap.h"

namespace drive {
namespace {

using protocol::Fault;
using protocol::Verb;

struct Servo {
    bool profiled;   // the drive follows `setpoint`; else it stays as it is
    bool targeted;   // the motion ends at `setpoint.target`
    bool ramps_down;
    bool holds;      // at the end of that, else the drive goes off there
    int16_t duty_permille;
    int32_t integral_q16;
    uint16_t stalled_ticks;
    profile::Profile setpoint;
    servo::SpeedMeter meter;
};

Servo servos_[config::kAxes];

void set(uint8_t axis, int16_t permille) {
    servos_[axis].duty_permille = permille;
    motor_shield::drive(axis, permille);
}

// Lets a new profile begin on the present one, else where the shaft is.
void begin_profile(uint8_t axis) {
    Servo& s = servos_[axis];
    s.targeted = false;
    s.ramps_down = false;
    s.stalled_ticks = 0;
    if (!s.profiled) {
        s.integral_q16 = 0;
        profile::place(s.setpoint, shaft::position(axis), servo::speed_q24(s.meter));
        s.profiled = true;
    }
}

bool is_beyond(int32_t behind_q8, int32_t counts) { return behind_q8 > 256 * counts || behind_q8 < -256 * counts; }

}  // namespace

void begin() {
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        servos_[i] = Servo();
        servo::still(servos_[i].meter, 0);
    }
}

bool can(Verb verb) { return verb != Verb::line && verb != Verb::via && verb != Verb::home; }

Range range(uint8_t) { return {INT32_MIN, INT32_MAX, false}; }

void travel(uint8_t axis, int32_t target, int32_t speed_cps) {
    begin_profile(axis);
    servos_[axis].targeted = true;
    profile::travel(servos_[axis].setpoint, target, profile::speed_q24(speed_cps));
}

void spin(uint8_t axis, int32_t speed_cps) {
    begin_profile(axis);
    profile::ramp(servos_[axis].setpoint, profile::speed_q24(speed_cps));
}

void power(uint8_t axis, int16_t permille) {
    servos_[axis].profiled = false;
    servos_[axis].stalled_ticks = 0;
    set(axis, permille);
}

void home(uint8_t, int32_t) {}
void line(const int32_t*, int32_t, int32_t) {}
void via(const int32_t*, int32_t) {}
uint8_t lines_free() { return 0; }
uint8_t take_passed() { return 0; }

void ramp_down(uint8_t axis, bool hold) {
    Servo& s = servos_[axis];
    if (!s.ramps_down) {
        begin_profile(axis);
        profile::ramp(s.setpoint, 0);
        s.ramps_down = true;
    }
    s.stalled_ticks = 0;
    s.holds = hold;
}

void cut(uint8_t axis) {
    servos_[axis].profiled = false;
    set(axis, 0);
}

void release(uint8_t axis) { cut(axis); }

void measure(uint8_t axis) { servo::update(servos_[axis].meter, shaft::position(axis)); }

// Sets the drive from the profile.
Fault tick(uint8_t axis, uint8_t periods) {
    Servo& s = servos_[axis];
    bool follows = false;
    if (s.profiled) {
        if (s.ramps_down && !s.holds && s.setpoint.ended) {
            cut(axis);
            return Fault::none;
        }
        for (uint8_t left = periods; left > 0; --left) {
            profile::advance(s.setpoint);
        }
        const int32_t position = shaft::position(axis);
        const int32_t behind_q8 = profile::behind_q8(s.setpoint, position);
        if (is_beyond(behind_q8, config::kTrackingCounts)) {
            return Fault::tracking;
        }
        follows = !is_beyond(behind_q8, config::kStallCounts);
        set(axis, servo::duty_permille(s.setpoint, s.meter, position, s.integral_q16));
    }
    if (s.duty_permille == 0 || follows || shaft::still_ticks(axis) == 0) {
        s.stalled_ticks = 0;
        return Fault::none;
    }
    s.stalled_ticks = static_cast<uint16_t>(s.stalled_ticks + periods);
    return s.stalled_ticks >= config::kStallTicks ? Fault::stall : Fault::none;
}

void advance() {}

bool has_ended(uint8_t axis) { return !servos_[axis].profiled || servos_[axis].setpoint.ended; }

bool is_there(uint8_t axis) {
    const Servo& s = servos_[axis];
    const int32_t left = wrap::subtract(s.setpoint.target, shaft::position(axis));
    return s.profiled && s.targeted && left <= config::kArrivedCounts && left >= -config::kArrivedCounts;
}

int32_t speed_cps(uint8_t axis) { return servo::speed_cps(servos_[axis].meter); }

int16_t duty_permille(uint8_t axis) { return servos_[axis].duty_permille; }

void redeclare(uint8_t axis) { servo::still(servos_[axis].meter, shaft::position(axis)); }

}  // namespace drive

#endif
