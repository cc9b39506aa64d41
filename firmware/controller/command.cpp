#include "command.h"

#include "config.h"
#include "flash.h"

namespace command {
namespace {

using protocol::Error;
using protocol::Verb;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads a word that is 0 or an integer without leading zeros, of 32 bits. Moves `text` to what is behind it.
bool read_integer(const char*& text, int32_t& value) {
    const bool negative = *text == '-';
    const char* next = negative ? text + 1 : text;
    if (!is_digit(*next) || (*next == '0' && (negative || is_digit(next[1])))) {
        return false;
    }
    const uint32_t most = negative ? 2147483648UL : 2147483647UL;
    uint32_t sum = 0;
    for (; is_digit(*next); ++next) {
        if (sum > most / 10) {
            return false;
        }
        sum = sum * 10 + static_cast<uint8_t>(*next - '0');  // at most 2,147,483,649
        if (sum > most) {
            return false;
        }
    }
    text = next;
    value = static_cast<int32_t>(negative ? 0 - sum : sum);
    return *next == ' ' || *next == '\0';
}

// Whether the word at `text` is `name` (in flash), which moves behind its zero. Moves `text` behind the word if so.
bool read_word(const char*& text, const char*& name) {
    const char* next = text;
    bool same = true;
    for (char expected = flash::character(name++); expected != '\0'; expected = flash::character(name++)) {
        same = same && *next++ == expected;
    }
    if (!same || (*next != ' ' && *next != '\0')) {
        return false;
    }
    text = next;
    return true;
}

bool read_verb(const char*& text, Verb& verb) {
    const char* name = protocol::name(static_cast<Verb>(0));
    for (uint8_t i = 0; i < static_cast<uint8_t>(Verb::count); ++i) {
        if (read_word(text, name)) {
            verb = static_cast<Verb>(i);
            return true;
        }
    }
    return false;
}

bool read_argument(const char*& text, char kind, Command& command, uint8_t& values) {
    if (kind == 'a') {
        const uint8_t letter = static_cast<uint8_t>(*text - 'a');
        if (letter >= 26 || (text[1] != ' ' && text[1] != '\0')) {
            return false;
        }
        command.axis = letter;
        ++text;
        return true;
    }
    int32_t value = 0;
    if (!read_integer(text, value)) {
        return false;
    }
    if (kind == 'm' || kind == 'n') {
        if (value < (kind == 'm' ? 1 : 0) || value > 65535) {
            return false;
        }
        command.motion = static_cast<uint16_t>(value);
        return true;
    }
    if (kind == 'c' && (value < 0 || value >= static_cast<int32_t>(protocol::Category::count))) {
        return false;
    }
    command.values[values++] = value;
    return true;
}

bool read_arguments(const char* text, Command& command) {
    command.axis = kNoAxis;
    command.motion = 0;
    uint8_t values = 0;
    const char* kinds = protocol::signature(command.verb);
    for (char kind = flash::character(kinds); kind != '\0'; kind = flash::character(++kinds)) {
        if (*text++ != ' ' || !read_argument(text, kind, command, values)) {
            return false;
        }
    }
    return *text == '\0';
}

}  // namespace

Error parse(const char* text, Command& command) {
    int32_t seq = 0;
    ++text;
    if (!read_integer(text, seq) || seq < 0 || seq > 255) {
        return Error::bad_frame;
    }
    command.seq = static_cast<uint8_t>(seq);
    if (*text++ != ' ' || !read_verb(text, command.verb)) {
        return Error::unknown_verb;
    }
    if (!read_arguments(text, command)) {
        return Error::bad_argument;
    }
    if (command.axis != kNoAxis && command.axis >= config::kAxes) {
        return Error::unknown_axis;
    }
    return Error::none;
}

}  // namespace command
