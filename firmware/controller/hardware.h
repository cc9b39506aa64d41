// The chip itself: its line to the host, its sleep, its watchdog; what is plugged on it is behind shield.h. Functions are for the main
// loop only; interrupts live in hardware.cpp and call nothing else.
//
// The stop byte is obeyed inside the receive interrupt: it cuts the drive and forbids it (the shield then drives nothing) until the
// main loop has taken note with `take_stops`.
#pragma once

#include <stdint.h>

#include "protocol.h"

namespace hardware {

// The watchdog and the shield first, then the UART.
void begin();

protocol::BootCause boot_cause();

// Tells the watchdog that the control loop runs. It resets the chip 120 ms after the last call.
void feed_watchdog();

// Sleeps until there is something to do. What has to be answered is that only with so much room to send; less than the whole buffer.
void idle(uint8_t room_needed);

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
