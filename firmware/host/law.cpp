#include "law.h"

#include <stdio.h>
#include <stdlib.h>

#include "../controller/board.h"
#include "../controller/config.h"
#include "host.h"

namespace law {
namespace {

std::string frame;               // from ':' on; empty outside of a frame
bool allowed[config::kAxes];     // a sealed motion frame for the axis has come, and no stop byte since its ':'
bool untouched[config::kAxes];   // no stop byte for the axis since the ':'
std::string lines;

[[noreturn]] void broken(const char* what) {
    fprintf(stderr, "LAW BROKEN: %s\n", what);
    abort();
}

void require(bool holds, const char* what) {
    if (!holds) {
        broken(what);
    }
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

bool is_sealed(const std::string& text) {
    const size_t star = text.find('*');
    char expected[8];
    if (star == std::string::npos) {
        return false;
    }
    snprintf(expected, sizeof expected, "*%04x", checksum(text.substr(0, star)));
    return text.substr(star) == expected;
}

void see_frame() {
    for (const char* verb : {"move", "goto", "spin", "power"}) {
        for (uint8_t axis = 0; axis < config::kAxes; ++axis) {
            const std::string words = std::string(" ") + verb + " " + static_cast<char>('a' + axis) + " ";
            if (untouched[axis] && frame.find(words) != std::string::npos && is_sealed(frame)) {
                allowed[axis] = true;
            }
        }
    }
}

void see(char byte) {
    if (byte == '!' || (byte >= 'A' && byte <= 'H')) {
        for (uint8_t axis = 0; axis < config::kAxes; ++axis) {
            if (byte == 'A' + axis || byte == '!' || byte >= 'A' + config::kAxes) {
                allowed[axis] = false;
                untouched[axis] = false;
            }
        }
    } else if (byte == ':') {
        frame = ":";
        for (bool& each : untouched) {
            each = true;
        }
    } else if (byte == '\n' || byte == '\r') {
        see_frame();
        frame.clear();
    } else if (byte != '?' && !frame.empty()) {
        frame += byte;
    }
}

void see_drive(uint8_t axis, int16_t permille) {
    require(permille >= -1000 && permille <= 1000, "a drive beyond full");
    require(permille == 0 || allowed[axis], "a drive that no sealed motion frame asked for since the last stop byte");
}

void see_lines() {
    lines += host::take_sent();
    for (size_t end = lines.find("\r\n"); end != std::string::npos; end = lines.find("\r\n")) {
        const std::string line = lines.substr(0, end);
        lines.erase(0, end + 2);
        require(line.size() <= 78, "a line that is too long");
        if (line.empty() || line[0] == '#') {
            continue;
        }
        require(line[0] == '=' || line[0] == '-' || line[0] == '@', "a line of no kind");
        require(is_sealed(line), "a line without a true checksum");
    }
    require(lines.size() <= 80, "a line without an end");
}

// Waits for a line that begins so.
bool comes(const std::string& beginning) {
    for (int period = 0; period < 60; ++period) {
        host::pass_period();
        board::poll();
        lines += host::take_sent();
        if (lines.find("\n" + beginning) != std::string::npos || lines.compare(0, beginning.size(), beginning) == 0) {
            see_lines();
            return true;
        }
    }
    return false;
}

}  // namespace

void begin() {
    frame.clear();
    lines.clear();
    for (uint8_t axis = 0; axis < config::kAxes; ++axis) {
        allowed[axis] = false;
        untouched[axis] = false;
    }
    host::on_drive = see_drive;
    board::begin();
    pass(10);
}

void receive(const std::string& bytes) {
    for (char each : bytes) {
        see(each);
        host::receive(static_cast<uint8_t>(each));
        for (uint8_t axis = 0; axis < config::kAxes; ++axis) {
            require(host::drive(axis) == 0 || allowed[axis], "a stop byte that does not stop at once");
        }
    }
}

void run() {
    board::poll();
    see_lines();
}

void pass(unsigned periods) {
    for (; periods > 0; --periods) {
        host::pass_period();
        run();
    }
}

void must_still_work() {
    receive("!");
    require(host::drive(0) == 0 && host::drive(1) == 0, "a stop byte that does not stop");
    pass(400);  // what was under way ends, and what is still to be said is said
    receive("\n");
    pass(60);
    receive(sealed("7 hello 1"));
    require(comes("=7 1 motor-shield "), "no answer to hello");
    pass(60);
    receive(sealed("8 state a"));
    require(comes("=8 "), "no answer to state");
    receive(sealed("9 stop b 0 0"));
    require(comes("=9 "), "no answer to stop");
    require(host::drive(0) == 0 && host::drive(1) == 0, "a drive that nobody asked for");
}

std::string sealed(const std::string& words) {
    char seal[8];
    snprintf(seal, sizeof seal, "*%04x\n", checksum(":" + words));
    return ":" + words + seal;
}

}  // namespace law
