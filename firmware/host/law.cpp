#include "law.h"

#include <stdio.h>
#include <stdlib.h>

#include <deque>

#include "../controller/board.h"
#include "../controller/config.h"
#include "host.h"
#include "reference.h"

namespace law {
namespace {

struct Due {
    unsigned calls;  // after the one before it
    std::string bytes;
};

// To see what an input does: DEADSTOP_TELL=1 firmware/build/host/fuzz_frames CRASH
const bool telling = getenv("DEADSTOP_TELL") != nullptr;

std::deque<Due> due;
std::string lines;

void tell(const std::string& what) {
    if (telling) {
        fprintf(stderr, "%s\n", what.c_str());
    }
}

void receive_one(char byte) {
    tell(std::string("  ") + byte);
    const uint16_t lost = host::lost();
    host::receive(static_cast<uint8_t>(byte));
    if (host::lost() == lost) {  // the board never knew of it else
        reference::see(byte);
    }
    for (uint8_t axis = 0; axis < config::kAxes; ++axis) {
        require(host::drive(axis) == 0 || reference::may_drive(axis), "a stop byte that does not stop at once");
    }
}

void see_drive(uint8_t axis, int16_t permille) {
    require(permille >= -1000 && permille <= 1000, "a drive beyond full");
    require(permille == 0 || reference::may_drive(axis), "a drive that no accepted motion asks for");
}

void see_call() {
    reference::see_room(host::room());
    while (!due.empty() && due.front().calls-- == 0) {
        const std::string bytes = due.front().bytes;
        due.pop_front();
        receive(bytes);
    }
}

bool is_sealed(const std::string& line) {
    char expected[8];
    const size_t star = line.find('*');
    if (star == std::string::npos) {
        return false;
    }
    snprintf(expected, sizeof expected, "*%04x", checksum(line.substr(0, star)));
    return line.substr(star) == expected;
}

void see_sent(const std::string& text) {
    if (text == "\r\n") {
        return;
    }
    require(text.size() <= 80, "a line that is too long", text);
    require(text.size() > 2 && text.find("\r\n") == text.size() - 2, "what is no line", text);
    const std::string line = text.substr(0, text.size() - 2);
    tell(line);
    const bool is_clock = line.compare(0, 5, "# at ") == 0;
    if (line[0] != '#' || is_clock) {
        require(is_sealed(line), "a line without a true checksum", line);
        const std::string told = line.substr(0, line.find('*'));
        is_clock ? reference::hear_clock(told) : reference::hear(told);
    }
}

// Waits for a line that begins so.
bool comes(const std::string& beginning) {
    lines.clear();
    for (int period = 0; period < 60; ++period) {
        pass(1);
        if (lines.find("\n" + beginning) != std::string::npos || lines.compare(0, beginning.size(), beginning) == 0) {
            return true;
        }
    }
    return false;
}

}  // namespace

void require(bool holds, const char* what) { require(holds, what, ""); }

void require(bool holds, const char* what, const std::string& line) {
    if (!holds) {
        fprintf(stderr, "LAW BROKEN: %s: %s\n", what, line.c_str());
        abort();
    }
}

void begin() {
    due.clear();
    lines.clear();
    reference::begin();
    host::on_drive = see_drive;
    host::on_call = see_call;
    host::on_send = see_sent;
    board::begin();
    pass(10);
}

void receive(const std::string& bytes) {
    for (char each : bytes) {
        receive_one(each);
    }
}

void receive_amid(unsigned calls, const std::string& bytes) { due.push_back({calls, bytes}); }

void run() {
    reference::begin_turn();
    board::poll();
    reference::end_turn();
    lines += host::take_sent();
}

void starve(unsigned periods) {
    for (; periods > 0; --periods) {
        host::pass_period();
        reference::pass_period();
    }
    run();
}

void pass(unsigned periods) {
    for (; periods > 0; --periods) {
        starve(1);
    }
}

void touch(uint8_t how) {
    const uint8_t axis = how & 1;
    const int counts = how >> 2;
    if ((how & 2) == 0) {
        host::hold(axis, counts & 1);
    } else {
        host::turn(axis, static_cast<int16_t>((counts - 32) * 8));
        run();  // the main loop sees each turn by itself
    }
}

void must_still_work() {
    while (!due.empty()) {
        pass(1);
    }
    for (uint8_t axis = 0; axis < config::kAxes; ++axis) {
        host::hold(axis, false);
    }
    receive("!");
    require(host::drive(0) == 0 && host::drive(1) == 0, "a stop byte that does not stop");
    pass(400);  // what was under way ends, and what is still to be said is said
    receive("\n");
    pass(60);
    require(reference::is_settled(), "a frame without an answer, or an axis that never comes to rest");
    receive(sealed("7 hello 1"));
    require(comes("=7 1 motor-shield "), "no answer to hello");
    receive(sealed("8 state a"));
    require(comes("=8 "), "no answer to state");
    receive(sealed("9 stop b 0 0"));
    require(comes("=9 "), "no answer to stop");
    require(host::drive(0) == 0 && host::drive(1) == 0, "a drive that nobody asked for");
}

// The polynomial division itself, bit by bit.
unsigned checksum(const std::string& text) {
    unsigned crc = 0xffff;
    for (char each : text) {
        crc ^= static_cast<unsigned>(static_cast<unsigned char>(each)) << 8;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 0x8000) ? (crc << 1 ^ 0x1021) & 0xffff : crc << 1 & 0xffff;
        }
    }
    return crc;
}

std::string sealed(const std::string& words) {
    char seal[8];
    snprintf(seal, sizeof seal, "*%04x\n", checksum(":" + words));
    return ":" + words + seal;
}

}  // namespace law
