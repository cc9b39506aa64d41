// The answer to a frame: between `begin` and `end`, words are put with `line`. It is kept, to be sent again when the frame is repeated.
#pragma once

#include <stdint.h>

#include "protocol.h"

namespace reply {

void begin(uint8_t seq);
void end();

// Both at once, without a word between them or with one.
void send(uint8_t seq);
void send(uint8_t seq, int32_t word);

void refuse(uint8_t seq, protocol::Error error);

}  // namespace reply
