#include "reference.h"

#include <stdlib.h>

#include "answers.h"
#include "host.h"
#include "law.h"
#include "model.h"
#include "reader.h"
#include "words.h"

namespace reference {
namespace {

using law::require;
using model::Axis;
using model::board;
using model::index;
using model::position;
using model::runs;
using words::fit;
using words::within;
using words::Words;

// The longest event, and what every axis may have to say at once.
constexpr uint8_t kEventBytes = 50;
constexpr uint8_t kStopsBytes = config::kAxes * kEventBytes;

std::deque<reader::Item> items;  // the board has not dealt with yet
long event_number;
uint8_t turn_room;   // at the beginning of the turn
uint8_t least_room;  // since the last event
bool unsure;         // an event got lost for want of room: the states are not known, nor what is said of them
std::string last_frame, last_answer;

void hear_answer(const std::string& line) {
    require(!items.empty() && answers::has_seq(items.front()), "an answer that no frame asked for", line);
    const reader::Item item = items.front();
    items.pop_front();
    const Words heard = words::split(line);
    const std::string frame = words::split(item.text)[0] + "*" + item.seal;
    ++board.frames;
    if (frame == last_frame) {
        require(line == last_answer, "a repeat that is not answered as before", line);
        return;
    }
    last_frame = frame;
    last_answer = line;
    const std::string expected = answers::answer(item, heard);
    const bool right = fit(words::split(expected), heard);
    unsure = unsure || (!right && least_room < kEventBytes);  // an event got lost, and no later one has told so yet
    require(unsure || right, "not the answer that was due", line + "; " + expected);
}

void hear_reject(const Words& heard, const std::string& line) {
    require(!items.empty() && !answers::has_seq(items.front()), "a reject that no frame asked for", line);
    const int code = items.front().reject != 0 ? items.front().reject : 1;
    items.pop_front();
    ++board.rejected;
    require(fit({"?", "reject", std::to_string(code), answers::error_name(code)}, heard), "a reject of the wrong kind", line);
}

void hear_stopping(Axis& axis, const Words& heard, const std::string& line) {
    const std::string cause = heard[4];
    const long category = atol(heard[5].c_str());
    require(runs(axis), "a stop of an axis at rest", line);
    require(axis.state != "stopping" || category < axis.category || cause == "byte", "a stop that makes nothing stricter", line);
    if (cause == "lease") {
        ++board.lease_stops;
        require(board.now - axis.fed_at >= static_cast<unsigned>(axis.lease_ms), "a lease that ends early", line);
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
    require(heard[3] == std::to_string(superseded ? axis.superseded : axis.motion), "an event of another motion", line);
    require(heard.back() == std::to_string(position(axis)), "another position than the shaft's", line);
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
}

void hear_event(const std::string& line) {
    const Words heard = words::split(line);
    const long number = atol(heard[0].c_str() + 1);
    if (number != event_number) {
        require(least_room < kEventBytes, "an event that got lost with room for it", line);
        unsure = true;
    }
    event_number = (number + 1) & 0xff;
    least_room = 255;
    if (heard[1] == "reject") {
        hear_reject(heard, line);
    } else if (heard[1] == "boot") {
        require(fit({"@0", "boot", "power", "?"}, heard), "another boot", line);
    } else {
        require(heard.size() > 4 && within(heard[2][0], 'a', 'a' + config::kAxes - 1), "an event of no axis", line);
        Axis& axis = board.axes[heard[2][0] - 'a'];
        if (!unsure) {
            hear_axis(axis, heard, line);
        }
        if ((heard[1] == "stopping" || heard[1] == "stopped") && heard[4] == "byte") {
            axis.stopped_in = 0;
        }
    }
}

}  // namespace

void begin() {
    model::begin();
    items.clear();
    reader::begin();
    unsure = false;
    event_number = 0;
    turn_room = least_room = 255;
    last_frame.clear();
}

void see(char byte) {
    reader::see(byte, board.turn, items);
    for (Axis& axis : board.axes) {
        if (reader::stops(byte, index(axis)) && axis.stopped_in == 0) {
            axis.stopped_in = board.turn;
        }
    }
}

void pass_period() { ++board.now; }

void begin_turn() {
    ++board.turn;
    turn_room = host::room();
}

void end_turn() {
    for (const Axis& axis : board.axes) {
        const bool told = axis.stopped_in == 0 || axis.stopped_in == board.turn;
        require(told || turn_room < kStopsBytes, "a stop byte without its event");
        const bool fed = board.now - axis.fed_at <= static_cast<unsigned>(axis.lease_ms);
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

void hear_clock(const std::string& line) {
    require(line == "# at " + std::to_string(board.now * 1000), "another time than the board's", line);
}

void see_room(uint8_t bytes) { least_room = bytes < least_room ? bytes : least_room; }

bool may_drive(uint8_t axis) {
    const Axis& a = board.axes[axis];
    const bool is_cut = a.stopped_in != 0 || (a.state == "stopping" && a.category == 0);
    return reader::has_asked(axis) && (unsure || (runs(a) && !is_cut));
}

bool is_settled() {
    bool settled = items.empty();
    for (const Axis& axis : board.axes) {
        settled = settled && (unsure || !runs(axis));
    }
    return settled;
}

}  // namespace reference
