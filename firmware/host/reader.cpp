#include "reader.h"

#include <string.h>

#include "law.h"

namespace reader {
namespace {

constexpr size_t kLongest = 64;  // from ':' to the line end

bool inside;
Item item;
bool asked[config::kAxes];

void end(int reject, std::deque<Item>& items) {
    inside = false;
    item.reject = reject;
    items.push_back(item);
}

void note_motion() {
    for (const char* verb : {" move ", " goto ", " spin ", " power "}) {
        for (uint8_t axis = 0; axis < config::kAxes; ++axis) {
            const bool names = item.text.find(verb + std::string(1, static_cast<char>('a' + axis)) + " ") != std::string::npos;
            asked[axis] = asked[axis] || (names && item.stopped_in[axis] == 0);
        }
    }
}

// A line end came: `text` is all since ':'.
void judge(std::deque<Item>& items) {
    const size_t star = item.text.find('*');
    if (star == std::string::npos) {
        end(1, items);
        return;
    }
    item.seal = item.text.substr(star + 1);
    item.text.resize(star);
    if (item.seal.size() != 4 || item.seal.find_first_not_of("0123456789abcdef") != std::string::npos) {
        end(1, items);
    } else if (std::stoul(item.seal, nullptr, 16) != law::checksum(":" + item.text)) {
        end(2, items);
    } else {
        note_motion();
        end(0, items);
    }
}

}  // namespace

bool stops(char byte, uint8_t axis) {
    return byte == '!' || byte == 'A' + axis || (byte >= 'A' + config::kAxes && byte <= 'H');
}

bool has_asked(uint8_t axis) { return asked[axis]; }

void begin() {
    inside = false;
    for (bool& each : asked) {
        each = false;
    }
}

void see(char byte, unsigned turn, std::deque<Item>& items) {
    bool stop = false;
    for (uint8_t axis = 0; axis < config::kAxes; ++axis) {
        if (stops(byte, axis)) {
            stop = true;
            asked[axis] = false;
            for (Item& each : items) {
                each.stopped_in[axis] = each.stopped_in[axis] != 0 ? each.stopped_in[axis] : turn;
            }
            item.stopped_in[axis] = item.stopped_in[axis] != 0 ? item.stopped_in[axis] : turn;
        }
    }
    if (stop || byte == '?') {
        return;
    }
    if (byte == ':') {
        if (inside) {
            end(1, items);
        }
        item = Item();
        inside = true;
    } else if (inside && (byte == '\n' || byte == '\r')) {
        judge(items);
    } else if (inside && (byte == '\0' || strchr("abcdefghijklmnopqrstuvwxyz0123456789 *-", byte) == nullptr)) {
        end(1, items);
    } else if (inside && item.text.size() + 3 > kLongest) {  // with ':', this one, and the line end
        end(12, items);
    } else if (inside) {
        item.text += byte;
    }
}

}  // namespace reader
