// What every shield has: its drives' clock, and a count of how far each shaft has turned. For the main loop only.
//
// Each has its own header, for what its drives need besides; the interrupts that they take live with it.
#pragma once

#include <stdint.h>

namespace shield {

// Pins safe first (no drive), then timers. Interrupts are still off.
void begin();

// Full control periods that have passed since the last call; never forgets one.
uint8_t take_ticks();

// How many there are to take.
uint8_t ticks_due();

// Counts since reset, modulo 2^16: of the encoder, or steps made.
uint16_t counts(uint8_t axis);

// Microseconds since reset, modulo 2^32, to 4 us at worst: of the timer that the drives run on.
uint32_t now_us();

// The axes that a stop byte came for and the main loop has not yet taken note of: they must not be driven. Set by the receive
// interrupt; who turns a drive on looks at it with interrupts off.
extern volatile uint8_t stops;

}  // namespace shield
