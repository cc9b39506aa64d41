// The controller without its chip: the same sources, with this in place of `hardware.cpp`. For tests and fuzzers.
//
// Time passes in control periods, by hand. The receive interrupt is `receive`; what it does with a stop byte is what the chip's does.
#pragma once

#include <stdint.h>

#include <string>

#include "../controller/cnc_shield.h"

namespace host {

// Lets one byte arrive. The main loop does not run.
void receive(uint8_t byte);

// Lets one control period pass: motors turn, bytes leave. The main loop does not run.
void pass_period();

// The drive at the pins, in permille. Steppers: 1000 while their drivers are enabled.
int16_t drive(uint8_t axis);

// Where the shaft is, in counts since reset.
int64_t position(uint8_t axis);

// Holds a shaft, so that its motor cannot turn; lets go of it. Steppers: closes the limit switch, which else is where their range begins.
void hold(uint8_t axis, bool held);

// Turns a shaft by hand, at once. Steppers cannot be.
void turn(uint8_t axis, int16_t counts);

// Called whenever the drive of an axis is set.
extern void (*on_drive)(uint8_t axis, int16_t permille);

// Called with the steps that an enabled stepper makes in a control period.
extern void (*on_steps)(uint8_t axis, const cnc_shield::Steps& steps);

// Called when the main loop is about to look at or do anything outside of itself. It cannot tell an interrupt at any other of its
// instructions from one here: so a byte that arrives here has arrived in every way there is.
extern void (*on_call)();

// Called with what the main loop gives to the UART, before it leaves.
extern void (*on_send)(const std::string& text);

// All that has left the board, since the last call.
std::string take_sent();

// Bytes that a full buffer threw away.
uint16_t lost();

// Room to send, in bytes.
uint8_t room();

}  // namespace host
