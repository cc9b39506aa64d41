#include "session.h"

#include "axis.h"
#include "build.h"
#include "command.h"
#include "config.h"
#include "events.h"
#include "hardware.h"
#include "line.h"

namespace session {
namespace {

using command::Command;
using protocol::Category;
using protocol::Cause;
using protocol::Error;
using protocol::State;
using protocol::Verb;

bool open_;
uint32_t frames_;
uint32_t rejected_;
bool answered_;  // `last_seq_` and `last_crc_` are of the frame last answered
uint8_t last_seq_;
uint16_t last_crc_;

void stop_all(Cause cause, Category category) {
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        axis::stop(i, cause, category);
    }
}

// Takes the drive off before anything is written: what follows takes a millisecond.
void cut_all() {
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        axis::cut(i);
    }
}

void begin_reply(const Command& c) {
    line::begin('=');
    line::put_number(c.seq);
}

void end_reply() {
    line::send();
    line::keep();
}

void put_position(uint16_t motion, int32_t position) {
    line::word_number(motion);
    line::word_number(position);
}

// Motions. All return why the command is refused, or `none` after the reply and what follows from it.

bool within(int32_t value, int32_t least, int32_t most) { return value >= least && value <= most; }

Error begin_travel(const Command& c, bool relative) {
    const int32_t speed_cps = c.values[2];
    if (!within(speed_cps, 1, config::kMaxSpeedCps)) {
        return Error::limit;
    }
    const int32_t position = axis::report(c.axis).position;
    const int64_t target = relative ? static_cast<int64_t>(position) + c.values[1] : c.values[1];
    const int64_t way = target - position;
    if (way > config::kMaxMoveCounts || way < -config::kMaxMoveCounts || target > INT32_MAX || target < INT32_MIN) {
        return Error::limit;
    }
    begin_reply(c);
    put_position(c.motion, static_cast<int32_t>(target));
    end_reply();
    axis::travel(c.axis, c.motion, static_cast<uint16_t>(c.values[0]), static_cast<int32_t>(target), speed_cps);
    return Error::none;
}

Error begin_motion(const Command& c) {
    if (!within(c.values[0], protocol::kMinLeaseMs, protocol::kMaxLeaseMs)) {
        return Error::limit;
    }
    if (c.verb == Verb::move || c.verb == Verb::go_to) {
        return begin_travel(c, c.verb == Verb::move);
    }
    const int32_t most = c.verb == Verb::spin ? config::kMaxSpeedCps : 1000;
    if (c.values[1] == 0 || !within(c.values[1], -most, most)) {
        return Error::limit;
    }
    begin_reply(c);
    line::word_number(c.motion);
    end_reply();
    const uint16_t lease_ms = static_cast<uint16_t>(c.values[0]);
    if (c.verb == Verb::spin) {
        axis::spin(c.axis, c.motion, lease_ms, c.values[1]);
    } else {
        axis::power(c.axis, c.motion, lease_ms, static_cast<int16_t>(c.values[1]));
    }
    return Error::none;
}

Error move(const Command& c, bool overtaken) {
    const bool fresh = axis::use_up(c.axis, c.motion);
    if (!open_) {
        return Error::no_session;
    }
    if (overtaken) {
        return Error::overtaken;
    }
    if (axis::report(c.axis).state == State::faulted) {
        return Error::faulted;
    }
    return fresh ? begin_motion(c) : Error::stale_motion;
}

// What moves nothing.

Error say_hello(const Command& c) {
    if (c.values[0] != protocol::kVersion) {
        return Error::version;
    }
    cut_all();
    open_ = true;
    begin_reply(c);
    line::word_number(protocol::kVersion);
    line::put(' ');
    line::put_text(config::kBoard);
    line::put(' ');
    line::put_text(build::name());
    line::put(' ');
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        line::put(static_cast<char>('a' + i));
    }
    end_reply();
    stop_all(Cause::hello, Category::remove_power);
    return Error::none;
}

void tell_limits() {
    line::word_number(config::kMaxSpeedCps);
    line::word_number(config::kAccelCps2);
    line::word_number(config::kMaxMoveCounts);
    line::word_number(protocol::kMinLeaseMs);
    line::word_number(protocol::kMaxLeaseMs);
}

void tell_state(uint8_t index) {
    const axis::Report r = axis::report(index);
    line::word_flash(protocol::name(r.state));
    put_position(r.motion, r.position);
    line::word_number(r.speed_cps);
    line::word_number(r.duty_permille);
    line::word_flash(protocol::name(r.cause));
    line::word_number(r.newest);
}

void tell_stats() {
    line::word_number(static_cast<int32_t>(frames_));
    line::word_number(static_cast<int32_t>(rejected_));
    line::word_number(hardware::lost_bytes());
    line::word_number(hardware::overruns());
    line::word_number(axis::lease_stops());
}

Error stop(const Command& c) {
    const axis::Report r = axis::report(c.axis);
    if (c.motion != 0 && axis::is_running(c.axis) && protocol::is_newer(r.motion, c.motion)) {
        return Error::stale_motion;
    }
    const Category category = static_cast<Category>(c.values[0]);
    if (category == Category::remove_power) {
        axis::cut(c.axis);
    }
    begin_reply(c);
    put_position(r.motion, r.position);
    end_reply();
    axis::stop(c.axis, Cause::stop, category);
    return Error::none;
}

Error halt(const Command& c) {
    const Category category = static_cast<Category>(c.values[0]);
    if (category == Category::remove_power) {
        cut_all();
    }
    begin_reply(c);
    end_reply();
    stop_all(Cause::halt, category);
    return Error::none;
}

Error keep(const Command& c) {
    if (!axis::is_running(c.axis) || axis::report(c.axis).motion != c.motion) {
        return Error::not_running;
    }
    axis::keep(c.axis);
    begin_reply(c);
    line::word_number(c.motion);
    end_reply();
    return Error::none;
}

Error change_at_rest(const Command& c) {
    if (axis::is_running(c.axis)) {
        return Error::busy;
    }
    begin_reply(c);
    if (c.verb == Verb::zero) {
        axis::zero(c.axis, c.values[0]);
        line::word_number(c.values[0]);
    } else {
        axis::clear(c.axis);
        line::word_flash(protocol::name(State::idle));
    }
    end_reply();
    return Error::none;
}

Error ask(const Command& c) {
    begin_reply(c);
    if (c.verb == Verb::limits) {
        tell_limits();
    } else if (c.verb == Verb::state) {
        tell_state(c.axis);
    } else {
        tell_stats();
    }
    end_reply();
    return Error::none;
}

Error carry_out(const Command& c, bool overtaken) {
    if (protocol::is_motion(c.verb)) {
        return move(c, overtaken);
    }
    if (protocol::needs_session(c.verb) && !open_) {
        return Error::no_session;
    }
    switch (c.verb) {
        case Verb::hello:
            return say_hello(c);
        case Verb::stop:
            return stop(c);
        case Verb::halt:
            return halt(c);
        case Verb::keep:
            return keep(c);
        case Verb::zero:
        case Verb::clear:
            return change_at_rest(c);
        default:
            return ask(c);
    }
}

void refuse(uint8_t seq, Error error) {
    line::begin('-');
    line::put_number(seq);
    line::word_number(static_cast<uint8_t>(error));
    line::word_flash(protocol::name(error));
    end_reply();
}

}  // namespace

void begin() {
    open_ = false;
    answered_ = false;
    frames_ = 0;
    rejected_ = 0;
}

void answer(const receiver::Frame& frame) {
    Command c;
    Error error = command::parse(frame.text, c);
    if (error == Error::bad_frame) {
        reject(error);
        return;
    }
    ++frames_;
    if (answered_ && c.seq == last_seq_ && frame.crc == last_crc_) {
        line::send_kept();
        return;
    }
    answered_ = true;
    last_seq_ = c.seq;
    last_crc_ = frame.crc;
    if (error == Error::none) {
        error = carry_out(c, c.axis != command::kNoAxis && hardware::stopped_since(c.axis, frame.position));
    }
    if (error != Error::none) {
        refuse(c.seq, error);
    }
}

void reject(Error error) {
    ++rejected_;
    events::reject(error);
}

void tell_states() {
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        line::begin('#');
        line::put(' ');
        line::put(static_cast<char>('a' + i));
        tell_state(i);
        line::send_comment();
    }
}

}  // namespace session
