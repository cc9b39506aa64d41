// Where the Arduino CNC Shield V3 has the drivers of three joints on an Uno: X, Y and Z are axes a, b and c.
//
// A driver makes a step at a rising edge of its step pin, if the enable that all of them share is low; the shield pulls it up. The
// limit inputs are low when a switch is closed.
#pragma once

#include <avr/io.h>
#include <stdint.h>

#include "config.h"

namespace pins {

constexpr uint8_t kDriversOff = 1 << PB0;  // D8; low enables them

constexpr uint8_t step(uint8_t axis) { return static_cast<uint8_t>(1 << (PD2 + axis)); }       // D2, D3, D4
constexpr uint8_t direction(uint8_t axis) { return static_cast<uint8_t>(1 << (PD5 + axis)); }  // D5, D6, D7; high is forward
constexpr uint8_t limit(uint8_t axis) { return static_cast<uint8_t>(1 << (PB1 + axis)); }      // D9, D10, D11

constexpr uint8_t kSteps = step(0) | step(1) | step(2);
constexpr uint8_t kDirections = direction(0) | direction(1) | direction(2);
constexpr uint8_t kLimits = limit(0) | limit(1) | limit(2);

extern volatile uint8_t ticks;  // not yet taken

inline bool is_tick_due() { return ticks != 0; }

// They share their power, so any stop byte is for all of them.
inline uint8_t axes_hit(uint8_t byte) { return byte == '!' || (byte >= 'A' && byte <= 'H') ? config::kAllAxes : 0; }

inline void cut(uint8_t) { PORTB |= kDriversOff; }

}  // namespace pins
