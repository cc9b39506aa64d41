// Where each shaft is, and for how long it has stood still. For the main loop only.
#pragma once

#include <stdint.h>

namespace shaft {

// After a reset: position 0.
void begin();

// Counts, as of now.
int32_t position(uint8_t axis);

// Declares the present position to be `position`.
void declare(uint8_t axis, int32_t position);

// Lets control periods pass; each axis, each time.
void tick(uint8_t axis, uint8_t periods);

// For how many it has not moved; stays at its maximum.
uint16_t still_ticks(uint8_t axis);

// A standstill counts from now on only.
void stand_from_now(uint8_t axis);

}  // namespace shaft
