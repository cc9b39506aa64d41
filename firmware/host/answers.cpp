#include "answers.h"

#include "host.h"
#include "law.h"
#include "model.h"

namespace answers {
namespace {

using law::require;
using model::Axis;
using model::board;
using model::index;
using model::newer;
using model::position;
using model::runs;
using words::read_integer;
using words::within;
using words::Words;

struct Verb {
    const char* name;
    const char* kinds;  // a: axis, m: motion, n: motion or 0, c: category, i: integer
    bool needs_session;
    bool moves;
};

const Verb kVerbs[] = {
    {"hello", "i", false, false},   {"limits", "a", false, false}, {"state", "a", false, false}, {"stats", "", false, false},
    {"move", "amiii", true, true},  {"goto", "amiii", true, true}, {"spin", "amii", true, true}, {"power", "amii", true, true},
    {"line", "miiiiii", true, true}, {"via", "miiii", true, false}, {"home", "amii", true, true},
    {"keep", "am", true, false},    {"stop", "anc", false, false}, {"halt", "c", false, false},  {"zero", "ai", true, false},
    {"clear", "a", true, false},    {"range", "a", false, false},
};
const char* const kErrors[] = {"",           "bad-frame",    "bad-checksum", "unknown-verb", "bad-argument",
                               "unknown-axis", "limit",      "stale-motion", "no-session",   "overtaken",
                               "busy",       "faulted",      "too-long",     "not-running",  "version",    "unable"};

struct Command {
    const Verb* verb;
    Axis* axis;
    long motion;
    std::vector<int64_t> values;
};

std::string text(int64_t number) { return std::to_string(number); }

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
    c.axis = kinds[0] == 'a' ? &board.axes[axis] : nullptr;
    return 0;
}

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
    axis.fed_at = board.now;
    return 0;
}

// What moves nothing. All drives that it takes off are off before it is answered.

void must_be_off(const Axis& axis) { require(host::drive(index(axis)) == 0, "an answer to a stop before the drive is off"); }

void all_must_be_off() {
    for (const Axis& axis : board.axes) {
        must_be_off(axis);
    }
}

int carry_out(const Command& c, const Words& heard, std::string& says) {
    const std::string name = c.verb->name;
    if (name == "hello") {
        if (c.values[0] != 1) {
            return 14;
        }
        board.open = true;
        all_must_be_off();
        says = " 1 motor-shield ? ab";
    } else if (name == "limits") {
        says = " " + text(config::kMaxSpeedCps) + " " + text(config::kAccelCps2) + " " + text(config::kMaxMoveCounts) + " 50 2000";
    } else if (name == "state") {
        const std::string duty = c.axis->stopped_in != 0 ? "?" : text(host::drive(index(*c.axis)));
        says = " " + c.axis->state + " " + text(c.axis->motion) + " " + text(position(*c.axis)) + " ? " + duty + " " +
               c.axis->cause + " " + text(c.axis->newest);
    } else if (name == "range") {
        says = " -2147483648 2147483647 0";
    } else if (name == "stats") {
        says = " " + text(board.frames) + " " + text(board.rejected) + " ? 0 " + text(board.lease_stops);
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
        c.axis->fed_at = board.now;
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

}  // namespace

const char* error_name(int code) { return kErrors[code]; }

bool has_seq(const reader::Item& item) {
    int64_t seq = 0;
    return item.reject == 0 && read_integer(words::split(item.text)[0], seq) && within(seq, 0, 255);
}

std::string answer(const reader::Item& item, const Words& heard) {
    const Words words = words::split(item.text);
    Command c = {};
    std::string says;
    int error = parse(words, c);
    if (error == 0 && (words[1] == "line" || words[1] == "via" || words[1] == "home")) {
        error = 15;
    } else if (error == 0 && c.verb->moves) {
        const bool fresh = newer(c.motion, c.axis->newest);
        const unsigned stopped_in = item.stopped_in[index(*c.axis)];
        c.axis->newest = fresh ? c.motion : c.axis->newest;
        if (!board.open) {
            error = 8;
        } else if (stopped_in != 0 && (stopped_in < board.turn || (heard[0][0] == '-' && heard[1] == "9"))) {
            error = 9;
        } else {
            error = begin_motion(c, fresh, says);
        }
    } else if (error == 0) {
        error = c.verb->needs_session && !board.open ? 8 : carry_out(c, heard, says);
    }
    return error != 0 ? "-" + words[0] + " " + text(error) + " " + error_name(error) : "=" + words[0] + says;
}

}  // namespace answers
