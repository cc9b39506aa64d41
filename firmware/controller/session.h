// What the board does with a frame: checks, session, repeats, answers. From reset on.
#pragma once

#include <stdint.h>

#include "protocol.h"
#include "receiver.h"

namespace session {

void begin();

// Answers a frame whose seal holds, and does what it asks for.
void answer(const receiver::Frame& frame);

// Reports a frame that was thrown away.
void reject(protocol::Error error);

// Answers a query byte.
void tell_states();

}  // namespace session
