#include "session.h"

#include "axis.h"
#include "build.h"
#include "command.h"
#include "config.h"
#include "drive.h"
#include "events.h"
#include "hardware.h"
#include "line.h"
#include "motions.h"
#include "reply.h"
#include "shaft.h"
#include "shield.h"

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

void put_position(uint16_t motion, int32_t position) {
    line::word_number(motion);
    line::word_number(position);
}

Error say_hello(const Command& c) {
    if (c.values[0] != protocol::kVersion) {
        return Error::version;
    }
    axis::cut(config::kAllAxes);  // before anything is written: that takes a millisecond
    open_ = true;
    reply::begin(c.seq);
    line::word_number(protocol::kVersion);
    line::put(' ');
    line::put_text(config::kBoard);
    line::put(' ');
    line::put_text(build::name());
    line::put(' ');
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        line::put(static_cast<char>('a' + i));
    }
    reply::end();
    axis::stop(config::kAllAxes, Cause::hello, Category::remove_power);
    return Error::none;
}

void tell_limits() {
    line::word_number(config::kMaxSpeedCps);
    line::word_number(config::kAccelCps2);
    line::word_number(config::kMaxMoveCounts);
    line::word_number(protocol::kMinLeaseMs);
    line::word_number(protocol::kMaxLeaseMs);
}

void tell_state(const axis::Report& r) {
    line::word_flash(protocol::name(r.state));
    put_position(r.motion, r.position);
    line::word_number(r.speed_cps);
    line::word_number(r.duty_permille);
    line::word_flash(protocol::name(r.cause));
    line::word_number(r.newest);
}

void tell_range(uint8_t index) {
    const drive::Range range = drive::range(index);
    line::word_number(range.least);
    line::word_number(range.most);
    line::word_number(range.homed);
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
        axis::cut(static_cast<uint8_t>(1 << c.axis));
    }
    reply::begin(c.seq);
    put_position(r.motion, shaft::position(c.axis));  // behind the cut: it counts every step
    reply::end();
    axis::stop(static_cast<uint8_t>(1 << c.axis), Cause::stop, category);
    return Error::none;
}

Error halt(const Command& c) {
    const Category category = static_cast<Category>(c.values[0]);
    if (category == Category::remove_power) {
        axis::cut(config::kAllAxes);
    }
    reply::send(c.seq);
    axis::stop(config::kAllAxes, Cause::halt, category);
    return Error::none;
}

Error keep(const Command& c) {
    if (!axis::is_running(c.axis) || axis::report(c.axis).motion != c.motion) {
        return Error::not_running;
    }
    axis::keep(c.axis);
    reply::send(c.seq, c.motion);
    return Error::none;
}

Error zero(const Command& c) {
    const drive::Range range = drive::range(c.axis);
    if (c.values[0] < range.least || c.values[0] > range.most) {
        return Error::limit;
    }
    if (axis::is_running(c.axis)) {
        return Error::busy;
    }
    axis::zero(c.axis, c.values[0]);
    reply::send(c.seq, c.values[0]);
    return Error::none;
}

Error clear(const Command& c) {
    if (axis::is_running(c.axis)) {
        return Error::busy;
    }
    axis::clear(c.axis);
    reply::begin(c.seq);
    line::word_flash(protocol::name(State::idle));
    reply::end();
    return Error::none;
}

Error ask(const Command& c) {
    reply::begin(c.seq);
    if (c.verb == Verb::limits) {
        tell_limits();
    } else if (c.verb == Verb::state) {
        tell_state(axis::report(c.axis));
    } else if (c.verb == Verb::range) {
        tell_range(c.axis);
    } else {
        tell_stats();
    }
    reply::end();
    return Error::none;
}

Error move(const Command& c, bool overtaken) {
    const bool is_motion = protocol::is_motion(c.verb);
    const bool fresh = is_motion && motions::use_up(c);
    if (!open_) {
        return Error::no_session;
    }
    if (overtaken) {
        return Error::overtaken;
    }
    return is_motion ? motions::begin(c, fresh) : motions::via(c);
}

Error carry_out(const Command& c, bool overtaken) {
    if (!drive::can(c.verb)) {
        return Error::unable;
    }
    if (protocol::can_be_overtaken(c.verb)) {
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
            return zero(c);
        case Verb::clear:
            return clear(c);
        default:
            return ask(c);
    }
}

// Whether a stop byte for one of its axes came behind the beginning of a frame.
bool was_overtaken(const Command& c, uint16_t position) {
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        if ((c.axis == i || c.axis == command::kNoAxis) && hardware::stopped_since(i, position)) {
            return true;
        }
    }
    return false;
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
        error = carry_out(c, was_overtaken(c, frame.position));
    }
    if (error != Error::none) {
        reply::refuse(c.seq, error);
    }
}

void reject(Error error) {
    ++rejected_;
    events::reject(error);
}

void tell_states() {
    // Both at once, before anything is written: that takes a millisecond for each axis.
    const uint32_t now_us = shield::now_us();
    axis::Report reports[config::kAxes];
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        reports[i] = axis::report(i);
    }
    line::begin('#');
    line::put_text(" at ");
    line::put_unsigned(now_us);
    line::send();  // sealed: a host believes it
    drive::advance();
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        line::begin('#');
        line::put(' ');
        line::put(static_cast<char>('a' + i));
        tell_state(reports[i]);
        line::send_comment();
        drive::advance();
    }
}

}  // namespace session
