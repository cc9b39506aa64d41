#include "config.h"

#if defined(DEADSTOP_ARM)

#include "path.h"
#include "profile.h"
#include "protocol.h"
#include "wrap.h"

namespace path {
namespace {

constexpr int32_t kOne_q24 = 1L << 24;
constexpr int32_t kNear_q24 = kOne_q24 / 2;  // so close to its end no step is left, and a joint can rest at once

struct Line {
    int16_t way[config::kAxes];
    uint16_t share_q16[config::kAxes];  // of the longest way, if it is less
    uint16_t length;                    // the longest way, in counts
    uint16_t speed_cps;
    uint16_t corner_q12;  // the highest speed at its beginning, for the change of direction there
    uint16_t exit_q12;    // at its end
};

Line lines_[protocol::kMaxLines];
uint8_t first_;  // the one under way
uint8_t count_;
int32_t waypoint_[config::kAxes];  // where that began
int32_t end_[config::kAxes];       // of the last line
int64_t left_q24_;                 // of the line under way
int32_t cruise_q24_;               // of it
int32_t speed_q24_;
uint32_t accel_q24_;
bool ramps_;
bool ended_;
bool ran_dry_;  // at the last waypoint, which is none if a line follows yet
uint8_t passed_;

Line& line(uint8_t number) { return lines_[(first_ + number) % protocol::kMaxLines]; }

uint32_t square(uint16_t value) { return static_cast<uint32_t>(value) * value; }

// The highest speed of this tick, up to `most_q12`, from which those after it, braking, lead to `exit_q12` at `left_q24` from here:
// (v + a)^2 = (exit + a)^2 + 2 a s.
uint16_t braking_q12(uint16_t most_q12, uint16_t exit_q12, int64_t left_q24) {
    if (left_q24 <= 0) {
        return exit_q12 < most_q12 ? exit_q12 : most_q12;
    }
    const uint16_t accel_q12 = static_cast<uint16_t>(accel_q24_ >> 12);
    const uint16_t end_q12 = static_cast<uint16_t>(exit_q12 + accel_q12);
    const uint32_t left_q8 = static_cast<uint32_t>(left_q24 >> 16);
    const uint64_t gain_q24 = static_cast<uint64_t>(2 * accel_q24_) * left_q8 >> 8;
    constexpr uint32_t kMost_q24 = UINT32_MAX / 2;  // faster than any axis
    if (gain_q24 >= kMost_q24) {
        return most_q12;
    }
    const uint32_t square_q24 = square(end_q12) + static_cast<uint32_t>(gain_q24);
    if (square(static_cast<uint16_t>(most_q12 + accel_q12)) <= square_q24) {  // the root is not needed
        return most_q12;
    }
    return static_cast<uint16_t>(profile::square_root(square_q24) - accel_q12);
}

uint16_t speed_q12(uint16_t speed_cps) { return static_cast<uint16_t>(speed_cps * 33554UL >> 13); }  // 4096 of 1000

uint16_t size(int16_t way) { return static_cast<uint16_t>(way < 0 ? -way : way); }

// The way of an axis on a piece of a line.
int32_t share_q24(const Line& each, uint8_t axis, int32_t piece_q24) {
    const int16_t way = each.way[axis];
    const int32_t share = size(way) == each.length ? piece_q24 : fixed::part(piece_q24, each.share_q16[axis]);
    return way < 0 ? -share : share;
}

// How fast the corner between two lines may be passed.
uint16_t corner_q12(const Line& before, const Line& behind) {
    if (before.length == 0 || behind.length == 0) {
        return 0;
    }
    constexpr int32_t kOne_q16 = 1L << 16;
    int32_t bend_q16 = 0;
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        const int32_t change_q16 = share_q24(before, i, kOne_q16) - share_q24(behind, i, kOne_q16);
        bend_q16 = change_q16 > bend_q16 ? change_q16 : -change_q16 > bend_q16 ? -change_q16 : bend_q16;
    }
    uint16_t speed_cps = before.speed_cps < behind.speed_cps ? before.speed_cps : behind.speed_cps;
    const uint32_t most_cps = (static_cast<uint32_t>(config::kJumpCps) << 16) / (static_cast<uint32_t>(bend_q16) + 1);
    if (most_cps < speed_cps) {
        speed_cps = static_cast<uint16_t>(most_cps);
    }
    return speed_q12(speed_cps);
}

// From the last line, at whose end the path rests, back to the first.
void look_ahead() {
    uint16_t exit_q12 = 0;
    for (uint8_t number = count_; number-- > 0;) {
        Line& each = line(number);
        if (number + 2 < count_ && each.exit_q12 == exit_q12) {
            return;  // nor does anything change before it
        }
        each.exit_q12 = exit_q12;
        if (number > 0) {
            exit_q12 = braking_q12(each.corner_q12, exit_q12, static_cast<int64_t>(each.length) * kOne_q24);
        }
    }
}

void enter_line() {
    left_q24_ = static_cast<int64_t>(line(0).length) * kOne_q24;
    cruise_q24_ = static_cast<int32_t>(speed_q12(line(0).speed_cps)) << 12;
}

void leave_line() {
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        waypoint_[i] += line(0).way[i];
    }
    first_ = static_cast<uint8_t>((first_ + 1) % protocol::kMaxLines);
    --count_;
}

void end_here() {
    speed_q24_ = 0;
    ended_ = true;
}

}  // namespace

void begin(const int32_t* from, int32_t accel_cps2) {
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        waypoint_[i] = end_[i] = from[i];
    }
    first_ = 0;
    count_ = 0;
    speed_q24_ = 0;
    accel_q24_ = (static_cast<uint32_t>(accel_cps2) * 68719UL + 2048) >> 12;  // 2^24 of a million
    ramps_ = false;
    ended_ = true;
    ran_dry_ = false;
    passed_ = 0;
}

void add(const int32_t* targets, int32_t speed_cps) {
    Line& added = line(count_);
    added.length = 0;
    added.speed_cps = static_cast<uint16_t>(speed_cps);
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        added.way[i] = static_cast<int16_t>(targets[i] - end_[i]);
        end_[i] = targets[i];
        const uint16_t way = size(added.way[i]);
        added.length = way > added.length ? way : added.length;
    }
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        const uint16_t way = size(added.way[i]);
        added.share_q16[i] = way == added.length ? 0 : fixed::quotient(static_cast<uint32_t>(way) << 16, added.length);
    }
    added.corner_q12 = count_ == 0 ? 0 : corner_q12(line(static_cast<uint8_t>(count_ - 1)), added);
    ++count_;
    if (count_ == 1) {
        enter_line();
        passed_ = static_cast<uint8_t>(passed_ + ran_dry_);
        ran_dry_ = false;
    }
    look_ahead();
    ended_ = false;
}

uint8_t free_lines() { return static_cast<uint8_t>(protocol::kMaxLines - count_); }

void ramp_down(int32_t from_q24, uint16_t lag_ticks_q8) {
    if (ramps_) {
        return;
    }
    const uint32_t lost_q24 = (accel_q24_ >> 4) * lag_ticks_q8 >> 4;
    const int32_t now_q24 = from_q24 - static_cast<int32_t>(lost_q24);
    if (now_q24 < speed_q24_) {
        speed_q24_ = now_q24 > 0 ? now_q24 : 0;
    }
    ramps_ = true;
}

void advance(Advance& result) {
    int32_t most_q24 = ramps_ ? speed_q24_ - static_cast<int32_t>(accel_q24_) : speed_q24_ + static_cast<int32_t>(accel_q24_);
    if (most_q24 > cruise_q24_) {
        most_q24 = cruise_q24_;
    }
    if (most_q24 > 0) {
        const uint16_t most_q12 = static_cast<uint16_t>((most_q24 >> 12) + 1);
        const int32_t braking_q24 = static_cast<int32_t>(braking_q12(most_q12, line(0).exit_q12, left_q24_)) << 12;
        most_q24 = braking_q24 < most_q24 ? braking_q24 : most_q24;
    }
    speed_q24_ = most_q24;
    if (ramps_ && speed_q24_ <= 0) {
        end_here();
    }
    int32_t left_of_tick_q24 = speed_q24_;
    result.is_new_line = false;
    while (!ended_ && left_q24_ - left_of_tick_q24 < (line(0).exit_q12 == 0 ? kNear_q24 : 1)) {
        left_of_tick_q24 = left_of_tick_q24 > left_q24_ ? left_of_tick_q24 - static_cast<int32_t>(left_q24_) : 0;
        result.is_new_line = true;
        leave_line();
        if (count_ == 0) {
            end_here();
            ran_dry_ = true;
            left_of_tick_q24 = 0;
        } else {
            enter_line();
            ++passed_;
        }
    }
    result.passed = passed_;
    passed_ = 0;
    left_q24_ -= left_of_tick_q24;
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        result.waypoint[i] = waypoint_[i];
        result.change_q24[i] = count_ == 0 ? 0 : share_q24(line(0), i, left_of_tick_q24);
    }
}

bool has_ended() { return ended_; }

bool is_there() { return ended_ && count_ == 0; }

int32_t speed_q24() { return speed_q24_; }

}  // namespace path

#endif
