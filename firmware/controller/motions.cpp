#include "motions.h"

#include "axis.h"
#include "config.h"
#include "drive.h"
#include "line.h"
#include "reply.h"

namespace motions {
namespace {

using axis::Hold;
using command::Command;
using protocol::Error;
using protocol::State;
using protocol::Verb;

bool within(int32_t value, int32_t least, int32_t most) { return value >= least && value <= most; }

bool is_speed(int32_t speed_cps) { return within(speed_cps, 1, config::kMaxSpeedCps); }

// A verb without an axis is for all of them.
uint8_t first(const Command& c) { return c.axis == command::kNoAxis ? 0 : c.axis; }
uint8_t last(const Command& c) { return c.axis == command::kNoAxis ? config::kAxes - 1 : c.axis; }

bool is_any_faulted(const Command& c) {
    for (uint8_t i = first(c); i <= last(c); ++i) {
        if (axis::report(i).state == State::faulted) {
            return true;
        }
    }
    return false;
}

bool are_targets(const int32_t* targets) {
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        const drive::Range range = drive::range(i);
        if (!within(targets[i], range.least, range.most)) {
            return false;
        }
    }
    return true;
}

void take_over(const Command& c, Hold hold) { axis::take_over(c.axis, c.motion, static_cast<uint16_t>(c.values[0]), hold); }

Error begin_travel(const Command& c) {
    const int32_t speed_cps = c.values[2];
    const int32_t position = axis::report(c.axis).position;
    const int64_t target = c.verb == Verb::move ? static_cast<int64_t>(position) + c.values[1] : c.values[1];
    const int64_t way = target - position;
    const drive::Range range = drive::range(c.axis);
    if (!is_speed(speed_cps) || way > config::kMaxMoveCounts || way < -config::kMaxMoveCounts || target < range.least ||
        target > range.most) {
        return Error::limit;
    }
    if (axis::is_taken(c.axis)) {
        return Error::busy;
    }
    reply::begin(c.seq);
    line::word_number(c.motion);
    line::word_number(static_cast<int32_t>(target));
    reply::end();
    take_over(c, Hold::loose);
    drive::travel(c.axis, static_cast<int32_t>(target), speed_cps);
    return Error::none;
}

Error begin_run(const Command& c) {
    const int32_t value = c.values[1];
    const int32_t most = c.verb == Verb::power ? 1000 : config::kMaxSpeedCps;
    const int32_t least = c.verb == Verb::home ? 1 : -most;
    if (value == 0 || !within(value, least, most)) {
        return Error::limit;
    }
    if (axis::is_taken(c.axis)) {
        return Error::busy;
    }
    reply::send(c.seq, c.motion);
    take_over(c, c.verb == Verb::home ? Hold::tight : Hold::loose);
    if (c.verb == Verb::spin) {
        drive::spin(c.axis, value);
    } else if (c.verb == Verb::power) {
        drive::power(c.axis, static_cast<int16_t>(value));
    } else {
        drive::home(c.axis, value);
    }
    return Error::none;
}

Error begin_line(const Command& c) {
    const int32_t* targets = c.values + 1;
    const int32_t speed_cps = targets[config::kAxes];
    const int32_t accel_cps2 = targets[config::kAxes + 1];
    if (!is_speed(speed_cps) || !within(accel_cps2, 1, config::kAccelCps2) || !are_targets(targets)) {
        return Error::limit;
    }
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        if (axis::is_running(i) && axis::report(i).state != State::holding) {
            return Error::busy;
        }
    }
    reply::begin(c.seq);
    line::word_number(c.motion);
    line::word_number(protocol::kMaxLines - 1);
    reply::end();
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        axis::take_over(i, c.motion, static_cast<uint16_t>(c.values[0]), Hold::line);
    }
    drive::line(targets, speed_cps, accel_cps2);
    return Error::none;
}

}  // namespace

bool use_up(const Command& c) {
    bool fresh = true;
    for (uint8_t i = first(c); i <= last(c); ++i) {
        fresh = axis::use_up(i, c.motion) && fresh;
    }
    return fresh;
}

Error begin(const Command& c, bool fresh) {
    if (is_any_faulted(c)) {
        return Error::faulted;
    }
    if (!fresh) {
        return Error::stale_motion;
    }
    if (!within(c.values[0], protocol::kMinLeaseMs, protocol::kMaxLeaseMs)) {
        return Error::limit;
    }
    const Error error = c.verb == Verb::line ? begin_line(c) : c.verb == Verb::move || c.verb == Verb::go_to ? begin_travel(c) : begin_run(c);
    for (uint8_t i = first(c); i <= last(c) && error == Error::none; ++i) {
        axis::tell_start(i);
    }
    return error;
}

Error via(const Command& c) {
    const int32_t speed_cps = c.values[config::kAxes];
    if (!is_speed(speed_cps) || !are_targets(c.values)) {
        return Error::limit;
    }
    if (!axis::has_line(c.motion)) {
        return Error::not_running;
    }
    if (drive::lines_free() == 0) {
        return Error::busy;
    }
    drive::via(c.values, speed_cps);
    reply::begin(c.seq);
    line::word_number(c.motion);
    line::word_number(drive::lines_free());
    reply::end();
    return Error::none;
}

}  // namespace motions
