// The controller without its chip: the same sources, with this in place of `hardware.cpp`. For tests and fuzzers.
//
// Time passes in control periods, by hand. The receive interrupt is `receive`; what it does with a stop byte is what the chip's does.
#pragma once

#include <stdint.h>

#include <string>

namespace host {

// Resets the board and its two motors.
void power_up();

// Lets one byte arrive. The main loop does not run.
void receive(uint8_t byte);

// Lets one control period pass: motors turn, bytes leave. The main loop does not run.
void pass_period();

// The drive at the pins, in permille.
int16_t drive(uint8_t axis);

// Called whenever the drive of an axis changes.
extern void (*on_drive)(uint8_t axis, int16_t permille);

// All that has left the board, since the last call.
std::string take_sent();

// Bytes that a full buffer threw away.
uint16_t lost();

}  // namespace host
