#include "axis.h"

#include "config.h"
#include "drive.h"
#include "events.h"
#include "hardware.h"
#include "shaft.h"
#include "shield.h"

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
    Hold hold;
    bool started;
    uint16_t motion;
    uint16_t newest;
    uint16_t lease_ms;
    uint16_t lease_left_ticks;
    int32_t stopped_at;  // when that was last asked for
};

Axis axes_[config::kAxes];
uint16_t lease_stops_;

uint8_t bit(uint8_t index) { return static_cast<uint8_t>(1 << index); }

bool is_of_line(uint8_t index) { return axes_[index].hold == Hold::line && is_running(index); }

// Those that are stopped and kept with an axis.
uint8_t company(uint8_t index) {
    uint8_t axes = bit(index);
    for (uint8_t i = 0; i < config::kAxes && is_of_line(index); ++i) {
        if (is_of_line(i)) {
            axes |= bit(i);
        }
    }
    return axes;
}

bool is_cut(const Axis& a) { return a.state == State::stopping && a.category == Category::remove_power; }

// Ticks that are past but still to be taken do not count, and the one under way has begun already: a lease never ends early.
void renew(Axis& a) { a.lease_left_ticks = static_cast<uint16_t>(a.lease_ms + 1 + shield::ticks_due()); }

// Of one that is running.
bool is_stricter(const Axis& a, Category category) { return a.state != State::stopping || category < a.category; }

// One axis; its drive is off already, or its ramp has begun, where it was `stopped_at`.
void stop_one(uint8_t index, Cause cause, Category category) {
    Axis& a = axes_[index];
    const int32_t position = a.stopped_at;
    if (!is_running(index)) {
        protocol::enter(a.state, Happening::stop);
        events::with_cause(Event::stopped, index, a.motion, cause, position);
        return;
    }
    // A byte, which is category 0, is answered even if it changes nothing.
    if (!is_stricter(a, category) && cause != Cause::byte) {
        return;
    }
    if (a.state != State::stopping) {
        shaft::stand_from_now(index);
    }
    a.category = category;
    a.cause = cause;
    protocol::enter(a.state, Happening::stop);
    events::stopping(index, a.motion, cause, category, position);
}

void fault(uint8_t index, Fault fault) {
    Axis& a = axes_[index];
    cut(bit(index));
    a.cause = Cause::fault;
    protocol::enter(a.state, Happening::fault);
    events::fault(index, a.motion, fault, shaft::position(index));
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        if (config::kSharedPower && i != index) {
            axes_[i].stopped_at = shaft::position(i);
            stop_one(i, Cause::fault, Category::remove_power);
        }
    }
}

// Together with its company.
bool stands(uint8_t index) {
    const uint8_t axes = company(index);
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        if ((axes & bit(i)) && (shaft::still_ticks(i) < kStandstillTicks || !drive::has_ended(i))) {
            return false;
        }
    }
    return true;
}

// Ends a motion that is over, or a stop whose shaft stands still. Not before there is room to tell: a host waits for that word.
void settle(uint8_t index) {
    Axis& a = axes_[index];
    if (!is_running(index) || !stands(index) || hardware::room_bytes() < events::kMaxBytes) {
        return;
    }
    if (a.state == State::stopping) {
        const bool hold = a.category == Category::ramp_then_hold;
        if (!hold) {
            drive::release(index);  // the ramp may have ended in this very tick, behind the look at it
        }
        protocol::enter(a.state, hold ? Happening::standstill_hold : Happening::standstill);
        events::with_cause(Event::stopped, index, a.motion, a.cause, shaft::position(index));
    } else if (a.state == State::moving && drive::is_there(index)) {
        drive::release(index);
        a.cause = Cause::arrived;
        protocol::enter(a.state, Happening::arrived);
        events::plain(Event::arrived, index, a.motion, shaft::position(index));
    }
}

void tick_one(uint8_t index, uint8_t periods) {
    Axis& a = axes_[index];
    if (!is_running(index) || is_cut(a)) {
        return;
    }
    a.lease_left_ticks = static_cast<uint16_t>(a.lease_left_ticks > periods ? a.lease_left_ticks - periods : 0);
    if (a.lease_left_ticks == 0) {
        ++lease_stops_;
        stop(bit(index), Cause::lease, Category::remove_power);
        return;
    }
    const Fault wrong = drive::tick(index, periods);
    tell_start(index);
    if (wrong != Fault::none) {
        fault(index, wrong);
    }
}

}  // namespace

void begin() {
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        axes_[i] = Axis();
    }
    shaft::begin();
    drive::begin();
    lease_stops_ = 0;
}

Report report(uint8_t index) {
    const Axis& a = axes_[index];
    return {a.state, a.motion, a.newest, shaft::position(index), drive::speed_cps(index), drive::duty_permille(index), a.cause};
}

bool is_running(uint8_t index) {
    const State state = axes_[index].state;
    return state == State::moving || state == State::stopping || state == State::holding;
}

bool is_taken(uint8_t index) {
    const Axis& a = axes_[index];
    return a.hold != Hold::loose && (a.state == State::moving || a.state == State::stopping);
}

bool has_line(uint16_t motion) {
    for (const Axis& a : axes_) {
        if (a.hold != Hold::line || a.state != State::moving || a.motion != motion) {
            return false;
        }
    }
    return true;
}

bool use_up(uint8_t index, uint16_t motion) {
    if (!protocol::is_newer(motion, axes_[index].newest)) {
        return false;
    }
    axes_[index].newest = motion;
    return true;
}

void take_over(uint8_t index, uint16_t motion, uint16_t lease_ms, Hold hold) {
    Axis& a = axes_[index];
    const int32_t position = shaft::position(index);
    if (is_running(index)) {
        events::with_cause(Event::stopped, index, a.motion, Cause::superseded, position);
    }
    a.motion = motion;
    a.cause = Cause::none;
    a.hold = hold;
    a.started = false;
    a.lease_ms = lease_ms;
    renew(a);
    shaft::stand_from_now(index);
    protocol::enter(a.state, Happening::motion);
}

void tell_start(uint8_t index) {
    Axis& a = axes_[index];
    if (a.state == State::moving && !a.started && drive::duty_permille(index) != 0) {
        a.started = true;
        events::plain(Event::started, index, a.motion, shaft::position(index));
    }
}

void keep(uint8_t index) {
    const uint8_t axes = company(index);
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        if (axes & bit(i)) {
            renew(axes_[i]);
        }
    }
}

void cut(uint8_t axes) {
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        if (axes & bit(i)) {
            drive::cut(i);
        }
    }
}

void stop(uint8_t axes, Cause cause, Category category) {
    const bool removes_power = category == Category::remove_power;
    uint8_t reached = axes;
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        if (axes & bit(i)) {
            reached |= removes_power && config::kSharedPower ? config::kAllAxes : company(i);
        }
    }
    if (removes_power) {
        cut(reached);
    }
    // All of them at once; to tell of one takes a millisecond.
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        axes_[i].stopped_at = shaft::position(i);
        if (!removes_power && (reached & bit(i)) && is_running(i) && is_stricter(axes_[i], category)) {
            drive::ramp_down(i, category == Category::ramp_then_hold);
        }
    }
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        if (reached & bit(i)) {
            stop_one(i, cause, category);
            drive::advance();
        }
    }
}

void zero(uint8_t index, int32_t position) {
    shaft::declare(index, position);
    drive::redeclare(index);
}

void clear(uint8_t index) { protocol::enter(axes_[index].state, Happening::clear); }

void tick(uint8_t periods) {
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        drive::measure(i);
        shaft::tick(i, periods);
    }
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        tick_one(i, periods);
    }
    drive::advance();
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        settle(i);
        drive::advance();
    }
    for (uint8_t passed = drive::take_passed(); passed > 0; --passed) {
        events::plain(Event::passed, 0, axes_[0].motion, shaft::position(0));
        drive::advance();
    }
}

uint16_t lease_stops() { return lease_stops_; }

}  // namespace axis
