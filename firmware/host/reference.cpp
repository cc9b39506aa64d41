#include "reference.h"

#include <stdlib.h>

#include <vector>

#include "../controller/line.h"
#include "host.h"
#include "law.h"
#include "reader.h"

namespace reference {
namespace {

using law::require;
using Words = std::vector<std::string>;

struct Axis {
    std::string state;
    std::string cause;
    long category;
    long motion;
    long superseded;  // the motion that has to be told so; 0 for none
    long newest;
    long lease_ms;
    unsigned fed_at;
    bool started;
    bool targeted;
    int64_t target;
    int64_t origin;         // of the shaft's true position
    unsigned stopped_in;    // the turn that a stop byte came in that is not answered yet; 0 for none
};

struct Verb {
    const char* name;
    const char* kinds;  // a: axis, m: motion, n: motion or 0, c: category, i: integer
    bool needs_session;
    bool moves;
};

const Verb kVerbs[] = {
    {"hello", "i", false, false},   {"limits", "a", false, false}, {"state", "a", false, false}, {"stats", "", false, false},
    {"move", "amiii", true, true},  {"goto", "amiii", true, true}, {"spin", "amii", true, true}, {"power", "amii", true, true},
    {"keep", "am", true, false},    {"stop", "anc", false, false}, {"halt", "c", false, false},  {"zero", "ai", true, false},
    {"clear", "a", true, false},
};
const char* const kErrors[] = {"",           "bad-frame",    "bad-checksum", "unknown-verb", "bad-argument",
                               "unknown-axis", "limit",      "stale-motion", "no-session",   "overtaken",
                               "busy",       "faulted",      "too-long",     "not-running",  "version"};

Axis axes[config::kAxes];
std::deque<reader::Item> items;  // the board has not dealt with yet
bool open;
unsigned turn;
unsigned now;  // in periods
long event_number;
uint8_t least_room;  // since the last event
bool unsure;         // an event got lost for want of room: the states are not known, nor what is said of them
long frames, rejected, lease_stops;
std::string last_frame, last_answer;

struct Command {
    const Verb* verb;
    Axis* axis;
    long motion;
    std::vector<int64_t> values;
};

Words split(const std::string& text) {
    Words words(1);
    for (char each : text) {
        if (each == ' ') {
            words.emplace_back();
        } else {
            words.back() += each;
        }
    }
    return words;
}

bool read_integer(const std::string& word, int64_t& value) {
    const std::string digits = word.substr(word[0] == '-');
    if (digits.empty() || digits.size() > 10 || digits.find_first_not_of("0123456789") != std::string::npos ||
        (digits[0] == '0' && word != "0")) {
        return false;
    }
    value = strtoll(word.c_str(), nullptr, 10);
    return value >= INT32_MIN && value <= INT32_MAX;
}

bool read_argument(char kind, const std::string& word, Command& c, int& axis) {
    if (kind == 'a') {
        axis = word.size() == 1 && word[0] >= 'a' && word[0] <= 'z' ? word[0] - 'a' : -1;
        return axis >= 0;
    }
    int64_t value = 0;
    if (!read_integer(word, value)) {
        return false;
    }
    if (kind == 'm' || kind == 'n') {
        c.motion = static_cast<long>(value);
        return value >= (kind == 'm') && value <= 65535;
    }
    c.values.push_back(value);
    return kind == 'i' || (value >= 0 && value <= 2);
}

int parse(const Words& words, Command& c) {
    for (const Verb& verb : kVerbs) {
        if (words.size() > 1 && words[1] == verb.name) {
            c.verb = &verb;
        }
    }
    if (c.verb == nullptr) {
        return 3;
    }
    const std::string kinds = c.verb->kinds;
    if (words.size() != kinds.size() + 2) {
        return 4;
    }
    int axis = 0;
    for (size_t i = 0; i < kinds.size(); ++i) {
        if (!read_argument(kinds[i], words[i + 2], c, axis)) {
            return 4;
        }
    }
    if (axis >= config::kAxes) {
        return 5;
    }
    c.axis = kinds[0] == 'a' ? &axes[axis] : nullptr;
    return 0;
}

uint8_t index(const Axis& axis) { return static_cast<uint8_t>(&axis - axes); }

int32_t position(const Axis& axis) { return static_cast<int32_t>(static_cast<uint32_t>(host::position(index(axis)) - axis.origin)); }

bool runs(const Axis& axis) { return axis.state != "idle" && axis.state != "faulted"; }

bool newer(long motion, long than) { return ((motion - than) & 0xffff) >= 1 && ((motion - than) & 0xffff) <= 32767; }

bool within(int64_t value, int64_t least, int64_t most) { return value >= least && value <= most; }

std::string text(int64_t number) { return std::to_string(number); }

// Motions: the error, or 0 and what the answer says.

int accept_motion(const Command& c, int64_t& target) {
    const std::string name = c.verb->name;
    if (!within(c.values[0], 50, 2000)) {
        return 6;
    }
    if (name == "spin" || name == "power") {
        const int64_t most = name == "spin" ? config::kMaxSpeedCps : 1000;
        return c.values[1] != 0 && within(c.values[1], -most, most) ? 0 : 6;
    }
    const int64_t at = position(*c.axis);
    target = c.values[1] + (name == "move" ? at : 0);
    return within(c.values[2], 1, config::kMaxSpeedCps) && within(target - at, -config::kMaxMoveCounts, config::kMaxMoveCounts) &&
                   within(target, INT32_MIN, INT32_MAX)
               ? 0
               : 6;
}

int begin_motion(const Command& c, bool fresh, std::string& says) {
    Axis& axis = *c.axis;
    int64_t target = 0;
    if (axis.state == "faulted") {
        return 11;
    }
    if (!fresh) {
        return 7;
    }
    if (const int error = accept_motion(c, target)) {
        return error;
    }
    says = " " + text(c.motion);
    axis.targeted = c.values.size() == 3;
    if (axis.targeted) {
        says += " " + text(target);
    }
    axis.superseded = runs(axis) ? axis.motion : 0;
    axis.state = "moving";
    axis.cause = "none";
    axis.motion = c.motion;
    axis.started = false;
    axis.target = target;
    axis.lease_ms = static_cast<long>(c.values[0]);
    axis.fed_at = now;
    return 0;
}

// What moves nothing. All drives that it takes off are off before it is answered.

void must_be_off(const Axis& axis) { require(host::drive(index(axis)) == 0, "an answer to a stop before the drive is off"); }

void all_must_be_off() {
    for (const Axis& axis : axes) {
        must_be_off(axis);
    }
}

int carry_out(const Command& c, const Words& heard, std::string& says) {
    const std::string name = c.verb->name;
    if (name == "hello") {
        if (c.values[0] != 1) {
            return 14;
        }
        open = true;
        all_must_be_off();
        says = " 1 motor-shield ? ab";
    } else if (name == "limits") {
        says = " " + text(config::kMaxSpeedCps) + " " + text(config::kAccelCps2) + " " + text(config::kMaxMoveCounts) + " 50 2000";
    } else if (name == "state") {
        const std::string duty = c.axis->stopped_in != 0 ? "?" : text(host::drive(index(*c.axis)));
        says = " " + c.axis->state + " " + text(c.axis->motion) + " " + text(position(*c.axis)) + " ? " + duty + " " +
               c.axis->cause + " " + text(c.axis->newest);
    } else if (name == "stats") {
        says = " " + text(frames) + " " + text(rejected) + " ? 0 " + text(lease_stops);
    } else if (name == "halt") {
        if (c.values[0] == 0) {
            all_must_be_off();
        }
    } else if (name == "stop") {
        if (c.motion != 0 && runs(*c.axis) && newer(c.axis->motion, c.motion)) {
            return 7;
        }
        if (c.values[0] == 0 && heard[0][0] == '=') {
            must_be_off(*c.axis);
        }
        says = " " + text(c.axis->motion) + " " + text(position(*c.axis));
    } else if (name == "keep") {
        if (!runs(*c.axis) || c.axis->motion != c.motion) {
            return 13;
        }
        c.axis->fed_at = now;
        says = " " + text(c.motion);
    } else if (runs(*c.axis)) {
        return 10;
    } else if (name == "zero") {
        c.axis->origin = host::position(index(*c.axis)) - c.values[0];
        says = " " + text(c.values[0]);
    } else {
        c.axis->state = "idle";
        says = " idle";
    }
    return 0;
}

// What has to be said to a frame. Where a stop byte came in this very turn, the motion may have been before it or behind.
std::string answer(const reader::Item& item, const Words& words, const Words& heard) {
    Command c = {};
    std::string says;
    int error = parse(words, c);
    if (error == 0 && c.verb->moves) {
        const bool fresh = newer(c.motion, c.axis->newest);
        const unsigned stopped_in = item.stopped_in[index(*c.axis)];
        c.axis->newest = fresh ? c.motion : c.axis->newest;
        if (!open) {
            error = 8;
        } else if (stopped_in != 0 && (stopped_in < turn || (heard[0][0] == '-' && heard[1] == "9"))) {
            error = 9;
        } else {
            error = begin_motion(c, fresh, says);
        }
    } else if (error == 0) {
        error = c.verb->needs_session && !open ? 8 : carry_out(c, heard, says);
    }
    return error != 0 ? "-" + words[0] + " " + text(error) + " " + kErrors[error] : "=" + words[0] + says;
}

bool fits(const Words& expected, const Words& heard) {
    bool all = expected.size() == heard.size();
    for (size_t i = 0; all && i < expected.size(); ++i) {
        all = expected[i] == "?" || expected[i] == heard[i];
    }
    return all;
}

// Drops frames whose SEQ cannot be trusted: they are rejected, not answered.
bool has_seq(const reader::Item& item) {
    int64_t seq = 0;
    return item.reject == 0 && read_integer(split(item.text)[0], seq) && within(seq, 0, 255);
}

void hear_answer(const std::string& line) {
    require(!items.empty() && has_seq(items.front()), "an answer that no frame asked for", line);
    const reader::Item item = items.front();
    items.pop_front();
    const Words words = split(item.text);
    const Words heard = split(line);
    const std::string frame = words[0] + "*" + item.seal;
    ++frames;
    if (frame == last_frame) {
        require(line == last_answer, "a repeat that is not answered as before", line);
        return;
    }
    last_frame = frame;
    last_answer = line;
    const std::string expected = answer(item, words, heard);
    const bool right = fits(split(expected), heard);
    unsure = unsure || (!right && least_room < line::kMaxBytes);  // an event got lost, and no later one has told so yet
    require(unsure || right, "not the answer that was due", line + "; " + expected);
}

void hear_reject(const Words& heard, const std::string& line) {
    require(!items.empty() && !has_seq(items.front()), "a reject that no frame asked for", line);
    const int code = items.front().reject != 0 ? items.front().reject : 1;
    items.pop_front();
    ++rejected;
    require(fits({"?", "reject", text(code), kErrors[code]}, heard), "a reject of the wrong kind", line);
}

void hear_stopping(Axis& axis, const Words& heard, const std::string& line) {
    const std::string cause = heard[4];
    const long category = atol(heard[5].c_str());
    require(runs(axis), "a stop of an axis at rest", line);
    require(axis.state != "stopping" || category < axis.category || cause == "byte", "a stop that makes nothing stricter", line);
    if (cause == "lease") {
        ++lease_stops;
        require(now - axis.fed_at >= static_cast<unsigned>(axis.lease_ms), "a lease that ends early", line);
    }
    axis.state = "stopping";
    axis.cause = cause;
    axis.category = category;
    require(category != 0 || host::drive(index(axis)) == 0, "a stop of category 0 with the drive on", line);
}

void hear_stopped(Axis& axis, const std::string& cause, const std::string& line) {
    if (axis.state == "stopping") {
        require(cause == axis.cause, "a stop of another cause", line);
        axis.state = axis.category == 2 ? "holding" : "idle";
    } else {
        require(!runs(axis), "standstill of an axis that nothing stopped", line);
    }
    require(runs(axis) || host::drive(index(axis)) == 0, "standstill with the drive on", line);
}

void hear_axis(Axis& axis, const Words& heard, const std::string& line) {
    const std::string event = heard[1];
    const bool superseded = event == "stopped" && heard[4] == "superseded";
    require(heard[3] == text(superseded ? axis.superseded : axis.motion), "an event of another motion", line);
    require(heard.back() == text(position(axis)), "another position than the shaft's", line);
    if (event == "started") {
        require(axis.state == "moving" && !axis.started, "a start that is none", line);
        axis.started = true;
    } else if (superseded) {
        axis.superseded = 0;
    } else if (event == "stopping") {
        hear_stopping(axis, heard, line);
    } else if (event == "stopped") {
        hear_stopped(axis, heard[4], line);
    } else if (event == "arrived") {
        const int32_t left = static_cast<int32_t>(static_cast<uint32_t>(axis.target - position(axis)));
        require(axis.state == "moving" && axis.targeted && within(left, -2, 2), "an arrival elsewhere", line);
        axis.state = "idle";
        axis.cause = "arrived";
    } else {
        require(event == "fault" && runs(axis), "a fault of an axis at rest", line);
        axis.state = "faulted";
        axis.cause = "fault";
    }
    require(runs(axis) || host::drive(index(axis)) == 0, "the end of a motion with the drive on", line);
    if ((event == "stopping" || event == "stopped") && heard[4] == "byte") {
        axis.stopped_in = 0;
    }
}

void hear_event(const std::string& line) {
    const Words heard = split(line);
    const long number = atol(heard[0].c_str() + 1);
    if (number != event_number) {
        require(least_room < line::kMaxBytes, "an event that got lost with room for it", line);
        unsure = true;
    }
    event_number = (number + 1) & 0xff;
    least_room = 255;
    if (heard[1] == "reject") {
        hear_reject(heard, line);
    } else if (heard[1] == "boot") {
        require(fits({"@0", "boot", "power", "?"}, heard), "another boot", line);
    } else if (!unsure) {
        require(heard.size() > 4 && within(heard[2][0], 'a', 'a' + config::kAxes - 1), "an event of no axis", line);
        hear_axis(axes[heard[2][0] - 'a'], heard, line);
    }
}

}  // namespace

void begin() {
    for (Axis& axis : axes) {
        axis = Axis();
        axis.state = "idle";
        axis.cause = "none";
    }
    items.clear();
    reader::begin();
    open = unsure = false;
    turn = 1;
    now = 0;
    event_number = frames = rejected = lease_stops = 0;
    least_room = 255;
    last_frame.clear();
}

void see(char byte) {
    reader::see(byte, turn, items);
    for (Axis& axis : axes) {
        if (reader::stops(byte, index(axis)) && axis.stopped_in == 0) {
            axis.stopped_in = turn;
        }
    }
}

void pass_period() { ++now; }

void begin_turn() { ++turn; }

void end_turn() {
    for (Axis& axis : axes) {
        if (axis.stopped_in != 0 && axis.stopped_in < turn) {
            require(unsure || least_room < line::kMaxBytes, "a stop byte without its event");
            axis.stopped_in = 0;
            unsure = true;
        }
        const bool fed = now - axis.fed_at <= static_cast<unsigned>(axis.lease_ms);
        require(unsure || fed || host::drive(index(axis)) == 0, "a drive whose lease has run out");
        require(may_drive(index(axis)) || host::drive(index(axis)) == 0, "a drive that no accepted motion asks for");
    }
}

void hear(const std::string& line) {
    if (line[0] == '@') {
        hear_event(line);
    } else {
        require(line[0] == '=' || line[0] == '-', "a line of no kind", line);
        hear_answer(line);
    }
}

void see_room(uint8_t bytes) { least_room = bytes < least_room ? bytes : least_room; }

bool may_drive(uint8_t axis) {
    const Axis& a = axes[axis];
    const bool is_cut = a.stopped_in != 0 || (a.state == "stopping" && a.category == 0);
    return reader::has_asked(axis) && (unsure || (runs(a) && !is_cut));
}

bool is_settled() {
    bool settled = items.empty();
    for (const Axis& axis : axes) {
        settled = settled && (unsure || least_room < line::kMaxBytes || !runs(axis));
    }
    return settled;
}

}  // namespace reference
