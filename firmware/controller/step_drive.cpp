#include "config.h"

#if defined(DEADSTOP_ARM)

#include "cnc_shield.h"
#include "drive.h"
#include "path.h"
#include "profile.h"
#include "shaft.h"
#include "wrap.h"

namespace drive {
namespace {

using cnc_shield::Steps;
using protocol::Fault;
using protocol::Verb;

constexpr int32_t kOne_q24 = 1L << 24;
constexpr int32_t kJump_q24 = config::kJumpCps * (kOne_q24 / config::kTicksPerSecond);
constexpr uint8_t kRemembered = 8;  // slices; one is under way, and kSlicesAhead wait
static_assert(kRemembered > cnc_shield::kSlicesAhead + 1, "the one under way has to be remembered");

// A ramp begins behind the slices that are planned, and makes up for them: its first change of speed has to be one that a joint can
// do at once, even where it was speeding up.
static_assert(2 * (cnc_shield::kSlicesAhead + 2) * config::kAccelCps2 / config::kTicksPerSecond <= config::kJumpCps,
              "the ramp begins too late");

// What plans the way of a joint. Homing: to the switch, to rest, back until it opens; there it is home.
enum class Task : uint8_t { none, profile, line, home, to_switch, at_switch, off_switch };

struct Joint {
    Task task;
    bool powered;
    bool homed;
    bool homing;  // its limit switch may close
    bool ramps_down;
    int32_t home_from;
    profile::Profile plan;              // its position and fraction are where the joint is to be at the end of what is planned
    int32_t speed_q24[kRemembered];     // of each slice
};

Joint joints_[config::kAxes];
int32_t path_speed_q24_[kRemembered];
bool is_planning_;  // since something moves, every slice has to be planned
bool is_late_;      // one was not

int32_t most_of(uint8_t axis) { return config::kMostCounts[axis]; }
int32_t least_of(uint8_t axis) { return config::kLeastCounts[axis]; }

uint8_t now_slot() { return cnc_shield::current_number() % kRemembered; }

bool is_over(const Joint& j) {
    switch (j.task) {
        case Task::none:
        case Task::home:
            return true;
        case Task::profile:
            return j.plan.ended;
        case Task::line:
            return path::has_ended();
        default:
            return false;
    }
}

int32_t rounded(const profile::Profile& plan) { return wrap::add(plan.position, plan.fraction_q24 >= kOne_q24 / 2); }

// Whether the steps that are planned have been made.
bool is_made(uint8_t axis) { return shaft::position(axis) == rounded(joints_[axis].plan); }

// Lets a new plan begin on the present one, else where the joint stands.
void begin(uint8_t axis, Task task) {
    Joint& j = joints_[axis];
    if (j.task != Task::profile) {
        profile::place(j.plan, shaft::position(axis), 0);
    }
    j.task = task;
    j.homing = task == Task::to_switch;
    j.ramps_down = false;
    j.powered = true;
    cnc_shield::enable();
}

// The steps on a way of `change_q24` from `fraction_q24` on, at even speed. One is due wherever the way crosses half a count.
void lay(Steps& steps, uint32_t fraction_q24, int32_t change_q24) {
    const int32_t from_q24 = static_cast<int32_t>((fraction_q24 + kOne_q24 / 2) & (kOne_q24 - 1));
    const int32_t crossed = (from_q24 + change_q24) >> 24;
    steps.forward = crossed > 0;
    steps.count = static_cast<uint8_t>(crossed < 0 ? -crossed : crossed);
    if (steps.count == 0) {
        return;
    }
    const uint16_t to_first_q12 = fixed::q12_of_q24(static_cast<uint32_t>(crossed > 0 ? kOne_q24 - from_q24 : from_q24));
    const uint16_t speed_q12 = fixed::q12_of_q24(static_cast<uint32_t>(change_q24 < 0 ? -change_q24 : change_q24));
    if (steps.count == 1) {
        const uint32_t first_q16 = static_cast<uint32_t>(to_first_q12) * cnc_shield::kSlice_q4;
        steps.first_q4 = speed_q12 == 0 ? 0 : fixed::quotient(first_q16, speed_q12);
        return;
    }
    steps.interval_q4 = fixed::quotient(static_cast<uint32_t>(cnc_shield::kSlice_q4) << 12, speed_q12);
    steps.first_q4 = static_cast<uint16_t>(static_cast<uint32_t>(to_first_q12) * steps.interval_q4 >> 12);
}

void lay_to(uint8_t axis, uint8_t slot, Steps& steps, int32_t position, uint32_t fraction_q24) {
    profile::Profile& plan = joints_[axis].plan;
    const int32_t counts = wrap::subtract(position, plan.position);
    const int32_t change_q24 = counts * kOne_q24 + static_cast<int32_t>(fraction_q24) - static_cast<int32_t>(plan.fraction_q24);
    lay(steps, plan.fraction_q24, change_q24);
    plan.position = position;
    plan.fraction_q24 = fraction_q24;
    joints_[axis].speed_q24[slot] = change_q24;
}

// A travel without a step left is over: else the last half count of a slow one would take long.
void end_early(profile::Profile& plan) {
    const bool is_slow = plan.speed_q24 <= kJump_q24 && plan.speed_q24 >= -kJump_q24;
    if (plan.travels && !plan.ended && is_slow && rounded(plan) == plan.target) {
        profile::place(plan, plan.target, 0);
        plan.ended = true;
    }
}

void plan_line(cnc_shield::Slice& slice, uint8_t slot) {
    path::Advance way;
    path::advance(way);
    slice.passed = way.passed;
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        const profile::Profile& plan = joints_[i].plan;
        const int32_t position = way.is_new_line ? way.waypoint[i] : plan.position;
        const int32_t sum = (way.is_new_line ? 0 : static_cast<int32_t>(plan.fraction_q24)) + way.change_q24[i];
        lay_to(i, slot, slice.steps[i], wrap::add(position, sum >> 24), static_cast<uint32_t>(sum) & (kOne_q24 - 1));
    }
}

void plan_slice() {
    cnc_shield::Slice& slice = cnc_shield::next_slice();
    const uint8_t slot = cnc_shield::next_number() % kRemembered;
    slice.passed = 0;
    const bool on_line = joints_[0].task == Task::line && !path::has_ended();
    if (on_line) {
        plan_line(slice, slot);
    }
    path_speed_q24_[slot] = on_line ? path::speed_q24() : 0;
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        Joint& j = joints_[i];
        if (on_line) {
            continue;
        }
        if (is_over(j)) {
            j.speed_q24[slot] = 0;
            slice.steps[i].count = 0;
        } else {
            const int32_t position = j.plan.position;
            const uint32_t fraction_q24 = j.plan.fraction_q24;
            profile::advance(j.plan);
            const int32_t change_q24 = wrap::subtract(j.plan.position, position) * kOne_q24 +
                                       static_cast<int32_t>(j.plan.fraction_q24) - static_cast<int32_t>(fraction_q24);
            lay(slice.steps[i], fraction_q24, change_q24);
            j.speed_q24[slot] = j.plan.speed_q24;
            end_early(j.plan);
        }
    }
    cnc_shield::push();
}

void forget(Joint& j) {
    j.task = Task::none;
    j.powered = false;
    for (int32_t& speed_q24 : j.speed_q24) {
        speed_q24 = 0;
    }
}

bool is_any_powered() {
    for (const Joint& j : joints_) {
        if (j.powered) {
            return true;
        }
    }
    return false;
}

bool is_any_moving() {
    for (const Joint& j : joints_) {
        if (!is_over(j)) {
            return true;
        }
    }
    return false;
}

// It rests where it is, slow enough for that, and is at its least position there: with no step that was planned before it was seen.
void be_home(uint8_t axis) {
    Joint& j = joints_[axis];
    cnc_shield::forget_steps(axis);
    shaft::declare(axis, least_of(axis));
    profile::place(j.plan, least_of(axis), 0);
    profile::ramp(j.plan, 0);
    j.homed = true;
    j.task = Task::home;
}

// Goes on with homing from where the joint has got to.
Fault go_home(uint8_t axis) {
    Joint& j = joints_[axis];
    const bool closed = cnc_shield::is_switch_closed(axis);
    const bool rests = j.plan.ended && is_made(axis);
    const int32_t range = most_of(axis) - least_of(axis);
    const int32_t way = wrap::subtract(shaft::position(axis), j.home_from);
    if (j.task == Task::to_switch && closed) {
        profile::ramp(j.plan, 0);
        j.task = Task::at_switch;
    } else if (j.task == Task::at_switch && rests) {
        profile::ramp(j.plan, profile::speed_q24(config::kHomeBackCps));
        j.home_from = shaft::position(axis);
        j.task = Task::off_switch;
    } else if (j.task == Task::off_switch && !closed) {
        be_home(axis);
    } else if ((j.task == Task::to_switch && -way > range) || (j.task == Task::off_switch && way > range)) {
        return Fault::home;
    }
    return Fault::none;
}

}  // namespace

void begin() {
    for (Joint& j : joints_) {
        j = Joint();
    }
    is_planning_ = false;
    is_late_ = false;
}

bool can(Verb verb) { return verb != Verb::power; }

Range range(uint8_t axis) { return {least_of(axis), most_of(axis), joints_[axis].homed}; }

void travel(uint8_t axis, int32_t target, int32_t speed_cps) {
    begin(axis, Task::profile);
    profile::travel(joints_[axis].plan, target, profile::speed_q24(speed_cps));
}

void spin(uint8_t axis, int32_t speed_cps) {
    const int32_t position = shaft::position(axis);
    const int32_t end = speed_cps > 0 ? most_of(axis) : least_of(axis);
    const bool is_beyond = speed_cps > 0 ? position > end : position < end;  // homing can leave it there
    travel(axis, is_beyond ? position : end, speed_cps > 0 ? speed_cps : -speed_cps);
}

void power(uint8_t, int16_t) {}

void home(uint8_t axis, int32_t speed_cps) {
    begin(axis, Task::to_switch);
    joints_[axis].home_from = shaft::position(axis);
    profile::ramp(joints_[axis].plan, profile::speed_q24(-speed_cps));
}

void line(const int32_t* targets, int32_t speed_cps, int32_t accel_cps2) {
    int32_t from[config::kAxes];
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        joints_[i].task = Task::none;
        begin(i, Task::line);
        from[i] = joints_[i].plan.position;
    }
    path::begin(from, accel_cps2);
    path::add(targets, speed_cps);
}

void via(const int32_t* targets, int32_t speed_cps) { path::add(targets, speed_cps); }

uint8_t lines_free() { return path::free_lines(); }

uint8_t take_passed() { return cnc_shield::take_passed(); }

void ramp_down(uint8_t axis, bool) {
    Joint& j = joints_[axis];
    if (j.ramps_down || is_over(j)) {
        return;
    }
    j.ramps_down = true;
    // In the middle of the first slice that it can still change, the ramp has lasted for this long; half a tick is the profile's own.
    const uint16_t lag_ticks_q8 = static_cast<uint16_t>((cnc_shield::units_ahead() - cnc_shield::kUnitsPerSlice / 2) * 16UL / 125);
    if (j.task == Task::line) {
        path::ramp_down(path_speed_q24_[now_slot()], lag_ticks_q8);
        return;
    }
    const int32_t now_q24 = j.speed_q24[now_slot()];
    const int32_t lost_q24 = static_cast<int32_t>((static_cast<uint32_t>(profile::kAccel_q24) >> 4) * lag_ticks_q8 >> 4);
    if (now_q24 > 0) {
        const int32_t most_q24 = now_q24 > lost_q24 ? now_q24 - lost_q24 : 0;
        j.plan.speed_q24 = j.plan.speed_q24 < 0 ? 0 : j.plan.speed_q24 < most_q24 ? j.plan.speed_q24 : most_q24;
    } else {
        const int32_t least_q24 = now_q24 < -lost_q24 ? now_q24 + lost_q24 : 0;
        j.plan.speed_q24 = j.plan.speed_q24 > 0 ? 0 : j.plan.speed_q24 > least_q24 ? j.plan.speed_q24 : least_q24;
    }
    profile::ramp(j.plan, 0);
    j.task = Task::profile;
}

void cut(uint8_t) {
    cnc_shield::disable();
    for (Joint& j : joints_) {
        forget(j);
    }
    is_planning_ = false;
    is_late_ = false;
}

void release(uint8_t axis) {
    forget(joints_[axis]);
    if (!is_any_powered()) {
        cnc_shield::disable();
    }
}

void measure(uint8_t) { is_late_ = is_late_ || (is_planning_ && cnc_shield::take_gap()); }

Fault tick(uint8_t axis, uint8_t) {
    Joint& j = joints_[axis];
    if (is_late_ && !is_over(j)) {
        return Fault::tracking;
    }
    if (!j.homing) {
        return j.speed_q24[now_slot()] < 0 && cnc_shield::is_switch_closed(axis) ? Fault::limit : Fault::none;
    }
    return go_home(axis);
}

void advance() {
    if (!is_any_moving()) {
        is_planning_ = false;
        is_late_ = false;
        return;
    }
    while (cnc_shield::waiting() < cnc_shield::kSlicesAhead) {
        plan_slice();
    }
    if (!is_planning_) {
        cnc_shield::take_gap();  // before the first of them
        is_planning_ = true;
    }
}

bool has_ended(uint8_t axis) { return joints_[axis].task == Task::none || (is_over(joints_[axis]) && is_made(axis)); }

bool is_there(uint8_t axis) {
    const Joint& j = joints_[axis];
    return j.task == Task::home || (j.task == Task::profile && j.plan.travels) || (j.task == Task::line && path::is_there());
}

int32_t speed_cps(uint8_t axis) {
    if (has_ended(axis)) {
        return 0;
    }
    return fixed::rounded<14>((joints_[axis].speed_q24[now_slot()] >> 10) * config::kTicksPerSecond);
}

int16_t duty_permille(uint8_t axis) { return joints_[axis].powered ? 1000 : 0; }

void redeclare(uint8_t axis) { joints_[axis].homed = false; }

}  // namespace drive

#endif
