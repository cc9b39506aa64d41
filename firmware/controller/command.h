// What a frame asks for: the words between ':' and '*' read by the table of section 4.
#pragma once

#include <stdint.h>

#include "protocol.h"

namespace command {

struct Command {
    uint8_t seq;
    protocol::Verb verb;
    uint8_t axis;       // its index; kNoAxis if the verb names none
    uint16_t motion;    // 0 if the verb names none
    int32_t values[protocol::kMaxValues];  // the other arguments, in their order
};

constexpr uint8_t kNoAxis = 0xff;

// Reads the text of a frame whose seal holds, ':' included, ended by a zero. `bad_frame`: even the SEQ is none.
protocol::Error parse(const char* text, Command& command);

}  // namespace command
