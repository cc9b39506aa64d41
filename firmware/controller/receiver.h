// Finds frames in the bytes from the host and checks their seal. Bytes that act at once never come here.
#pragma once

#include <stdint.h>

#include "protocol.h"

namespace receiver {

struct Frame {
    char text[protocol::kMaxFrameBytes];  // from ':' to the last character before the first '*', then a zero
    uint16_t crc;                         // of that, as the frame itself says
    uint16_t position;                    // number of its ':'
};

enum class Found : uint8_t { nothing, frame, rejected };

// Takes one byte with its number. After `frame`, `frame()` holds it until the next call; after `rejected`, `error()` says why.
Found feed(uint8_t byte, uint16_t position);

const Frame& frame();
protocol::Error error();

// Forgets an unfinished frame.
void reset();

}  // namespace receiver
