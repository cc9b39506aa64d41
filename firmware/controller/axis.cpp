#include "axis.h"

#include "config.h"
#include "events.h"
#include "hardware.h"
#include "profile.h"
#include "servo.h"
#include "wrap.h"

namespace axis {
namespace {

using protocol::Category;
using protocol::Cause;
using protocol::Event;
using protocol::Fault;
using protocol::Happening;
using protocol::State;

constexpr uint16_t kStandstillTicks = protocol::kStandstillMs;  // a tick is a millisecond
static_assert(config::kTicksPerSecond == 1000, "leases and standstill count ticks as milliseconds");

struct Axis {
    State state;
    Cause cause;
    Category category;  // of the stop under way
    bool profiled;      // the drive follows `setpoint`; else it stays as it is
    bool targeted;      // the motion ends at `setpoint.target`
    bool started;
    uint16_t motion;
    uint16_t newest;
    uint16_t lease_ms;
    uint16_t lease_left_ticks;
    int32_t position;
    uint16_t counts;  // of the encoder, as of `position`
    int16_t duty_permille;
    int32_t integral_q16;
    int32_t anchor;  // where the shaft was when it last moved by `kStandstillCounts`
    uint16_t still_ticks;
    uint16_t stalled_ticks;
    profile::Profile setpoint;
    servo::SpeedMeter meter;
};

Axis axes_[config::kAxes];
uint16_t lease_stops_;

void look(uint8_t index) {
    Axis& a = axes_[index];
    const uint16_t counts = hardware::counts(index);
    a.position = wrap::add(a.position, static_cast<int16_t>(counts - a.counts));
    a.counts = counts;
}

void drive(uint8_t index, int16_t permille) {
    Axis& a = axes_[index];
    a.duty_permille = permille;
    hardware::drive(index, permille);
    if (permille != 0 && !a.started) {
        a.started = true;
        events::plain(Event::started, index, a.motion, a.position);
    }
}

// Ends the profile and the drive.
void cut_drive(uint8_t index) {
    axes_[index].profiled = false;
    drive(index, 0);
}

// A standstill counts from now on only.
void stand_from_now(Axis& a) {
    a.anchor = a.position;
    a.still_ticks = 0;
    a.stalled_ticks = 0;
}

// Lets a new profile begin on the present one, else where the shaft is.
void begin_profile(Axis& a) {
    if (!a.profiled) {
        a.integral_q16 = 0;
        profile::place(a.setpoint, a.position, servo::speed_q24(a.meter));
        a.profiled = true;
    }
}

void take_over(uint8_t index, uint16_t motion, uint16_t lease_ms) {
    Axis& a = axes_[index];
    look(index);
    if (is_running(index)) {
        events::with_cause(Event::stopped, index, a.motion, Cause::superseded, a.position);
    }
    a.motion = motion;
    a.cause = Cause::none;
    a.targeted = false;
    a.started = false;
    a.lease_ms = lease_ms;
    keep(index);
    stand_from_now(a);
    protocol::enter(a.state, Happening::motion);
}

bool is_cut(const Axis& a) { return a.state == State::stopping && a.category == Category::remove_power; }

void fault(uint8_t index, Fault fault) {
    Axis& a = axes_[index];
    cut_drive(index);
    a.cause = Cause::fault;
    protocol::enter(a.state, Happening::fault);
    events::fault(index, a.motion, fault, a.position);
}

// Sets the drive from the profile; trips the faults.
void control(uint8_t index, uint8_t periods) {
    Axis& a = axes_[index];
    if (is_cut(a)) {
        return;
    }
    bool follows = false;
    if (a.profiled) {
        if (a.state == State::stopping && a.category == Category::ramp_then_remove && a.setpoint.ended) {
            cut_drive(index);
            return;
        }
        for (uint8_t left = periods; left > 0; --left) {
            profile::advance(a.setpoint);
        }
        const int32_t behind_q8 = profile::behind_q8(a.setpoint, a.position);
        if (behind_q8 > 256 * config::kTrackingCounts || behind_q8 < -256 * config::kTrackingCounts) {
            fault(index, Fault::tracking);
            return;
        }
        follows = behind_q8 <= 256 * config::kStallCounts && behind_q8 >= -256 * config::kStallCounts;
        drive(index, servo::duty_permille(a.setpoint, a.meter, a.position, a.integral_q16));
    }
    if (a.duty_permille == 0 || follows) {
        a.stalled_ticks = 0;
    } else {
        a.stalled_ticks = static_cast<uint16_t>(a.stalled_ticks + periods);
        if (a.stalled_ticks >= config::kStallTicks) {
            fault(index, Fault::stall);
        }
    }
}

// Ends a motion that is over, or a stop whose shaft stands still. Not before there is room to tell: a host waits for that word.
void settle(uint8_t index) {
    Axis& a = axes_[index];
    if (a.still_ticks < kStandstillTicks || (a.profiled && !a.setpoint.ended) || hardware::room_bytes() < events::kMaxBytes) {
        return;
    }
    if (a.state == State::stopping) {
        const bool hold = a.category == Category::ramp_then_hold;
        if (!hold) {
            cut_drive(index);  // the ramp may have ended in this very tick, behind the look at it
        }
        protocol::enter(a.state, hold ? Happening::standstill_hold : Happening::standstill);
        events::with_cause(Event::stopped, index, a.motion, a.cause, a.position);
    } else if (a.state == State::moving && a.targeted) {
        const int32_t left = wrap::subtract(a.setpoint.target, a.position);
        if (left <= config::kArrivedCounts && left >= -config::kArrivedCounts) {
            cut_drive(index);
            a.cause = Cause::arrived;
            protocol::enter(a.state, Happening::arrived);
            events::plain(Event::arrived, index, a.motion, a.position);
        }
    }
}

void tick_one(uint8_t index, uint8_t periods) {
    Axis& a = axes_[index];
    look(index);
    servo::update(a.meter, a.position);
    const int32_t moved = wrap::subtract(a.position, a.anchor);
    if (moved >= config::kStandstillCounts || moved <= -config::kStandstillCounts) {
        stand_from_now(a);
    } else if (a.still_ticks < kStandstillTicks) {
        a.still_ticks = static_cast<uint16_t>(a.still_ticks + periods);
    }
    if (!is_running(index)) {
        return;
    }
    if (!is_cut(a)) {
        a.lease_left_ticks = static_cast<uint16_t>(a.lease_left_ticks > periods ? a.lease_left_ticks - periods : 0);
        if (a.lease_left_ticks == 0) {
            ++lease_stops_;
            stop(index, Cause::lease, Category::remove_power);
        }
    }
    control(index, periods);
    settle(index);
}

}  // namespace

void begin() {
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        axes_[i] = Axis();
        axes_[i].counts = hardware::counts(i);
        servo::still(axes_[i].meter, 0);
    }
    lease_stops_ = 0;
}

Report report(uint8_t index) {
    look(index);
    const Axis& a = axes_[index];
    return {a.state, a.motion, a.newest, a.position, servo::speed_cps(a.meter), a.duty_permille, a.cause};
}

bool is_running(uint8_t index) {
    const State state = axes_[index].state;
    return state == State::moving || state == State::stopping || state == State::holding;
}

bool use_up(uint8_t index, uint16_t motion) {
    if (!protocol::is_newer(motion, axes_[index].newest)) {
        return false;
    }
    axes_[index].newest = motion;
    return true;
}

void travel(uint8_t index, uint16_t motion, uint16_t lease_ms, int32_t target, int32_t speed_cps) {
    take_over(index, motion, lease_ms);
    Axis& a = axes_[index];
    begin_profile(a);
    a.targeted = true;
    profile::travel(a.setpoint, target, profile::speed_q24(speed_cps));
}

void spin(uint8_t index, uint16_t motion, uint16_t lease_ms, int32_t speed_cps) {
    take_over(index, motion, lease_ms);
    Axis& a = axes_[index];
    begin_profile(a);
    profile::ramp(a.setpoint, profile::speed_q24(speed_cps));
}

void power(uint8_t index, uint16_t motion, uint16_t lease_ms, int16_t duty_permille) {
    take_over(index, motion, lease_ms);
    axes_[index].profiled = false;
    drive(index, duty_permille);
}

void keep(uint8_t index) {
    // The tick under way has begun already: one more, so that a lease never ends early.
    axes_[index].lease_left_ticks = static_cast<uint16_t>(axes_[index].lease_ms + 1);
}

void cut(uint8_t index) { hardware::drive(index, 0); }

void stop(uint8_t index, Cause cause, Category category) {
    Axis& a = axes_[index];
    look(index);
    if (!is_running(index)) {
        protocol::enter(a.state, Happening::stop);
        events::with_cause(Event::stopped, index, a.motion, cause, a.position);
        return;
    }
    if (a.state == State::stopping) {
        // A byte, which is category 0, is answered even if it changes nothing.
        if (category >= a.category && cause != Cause::byte) {
            return;
        }
    } else {
        if (a.state == State::moving) {
            begin_profile(a);
            profile::ramp(a.setpoint, 0);
        }
        stand_from_now(a);
    }
    a.category = category;
    a.cause = cause;
    if (category == Category::remove_power) {
        cut_drive(index);
    }
    protocol::enter(a.state, Happening::stop);
    events::stopping(index, a.motion, cause, category, a.position);
}

void zero(uint8_t index, int32_t position) {
    Axis& a = axes_[index];
    look(index);
    a.position = position;
    servo::still(a.meter, position);
    a.anchor = position;
}

void clear(uint8_t index) { protocol::enter(axes_[index].state, Happening::clear); }

void tick(uint8_t periods) {
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        tick_one(i, periods);
    }
}

uint16_t lease_stops() { return lease_stops_; }

}  // namespace axis
