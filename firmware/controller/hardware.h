// All that touches the chip. Functions are for the main loop only; interrupts live in hardware.cpp and call nothing else.
//
// The stop byte is obeyed inside the receive interrupt: it cuts the drive and forbids it (`drive` then does nothing) until the
// main loop has taken note with `take_stops`.
#pragma once

#include <stdint.h>

#include "protocol.h"

namespace hardware {

// Pins safe first (brake on, no drive), then timers, UART, watchdog.
void begin();

protocol::BootCause boot_cause();

// Full control periods that have passed since the last call; never forgets one.
uint8_t take_ticks();

// Tells the watchdog that the control loop runs. It resets the chip 120 ms after the last call.
void feed_watchdog();

// Sleeps until there is something to do. What has to be answered is that only with so much room to send; less than the whole buffer.
void idle(uint8_t room_needed);

// Drive of an axis in permille of full, signed; 0 shorts the motor. Nothing while a stop is untaken.
void drive(uint8_t axis, int16_t permille);

// Encoder counts since reset, modulo 2^16.
uint16_t counts(uint8_t axis);

// The axes that a stop byte came for since the last call, one bit each. The drive is off already.
uint8_t take_stops();

// Whether a stop byte for `axis` came behind the byte number `position`.
bool stopped_since(uint8_t axis, uint16_t position);

// Whether a query byte came since the last call.
bool take_query();

// The next byte that is none of those; `position` is its number, modulo 2^16. False if there is none.
bool take_byte(uint8_t& byte, uint16_t& position);

// Bytes thrown away for want of room or a proper stop bit, and those the UART itself lost; each stays at its maximum.
uint16_t lost_bytes();
uint16_t overruns();

// Room in the transmit buffer. `send` needs as much as it is given.
uint8_t room_bytes();
void send(const char* text, uint8_t length);

}  // namespace hardware
