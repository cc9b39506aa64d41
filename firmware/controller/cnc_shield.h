// Steps for the three drivers of the CNC shield, made by a timer's interrupt at the instants that the main loop has planned.
//
// Time is cut into slices, one for each control period. The main loop plans a few ahead; if it comes late, none is made late. For the
// main loop only.
#pragma once

#include <stdint.h>

#include "config.h"

namespace cnc_shield {

constexpr uint8_t kSlicesAhead = 3;  // behind the one under way: the main loop may be away for so many control periods

// Times within a slice are sixteenths of a timer unit (1/32 us).
constexpr uint16_t kUnitsPerSlice = 2000;
constexpr uint16_t kSlice_q4 = kUnitsPerSlice * 16;

// The steps of one axis in a slice.
struct Steps {
    uint8_t count;
    bool forward;
    uint16_t first_q4;     // from the slice's beginning
    uint16_t interval_q4;  // between one and the next
};

struct Slice {
    Steps steps[config::kAxes];
    uint8_t passed;  // waypoints that are passed in it
};

// How many planned slices wait, and a slice to plan if they are less than kSlicesAhead. `push` lets it be carried out behind them.
uint8_t waiting();
Slice& next_slice();
void push();

// Slices are numbered, modulo 2^8: which is planned next, and which is under way.
uint8_t next_number();
uint8_t current_number();

// Timer units until the next slice to be pushed can begin.
uint16_t units_ahead();

// Whether a slice began for which none was planned, since the last call.
bool take_gap();

// Waypoints passed in slices that are over, since the last call.
uint8_t take_passed();

// Enables the drivers, unless a stop is untaken. Disables them: then no step is made, and what was planned is forgotten.
void enable();
void disable();

// Makes none of the steps of an axis that are planned.
void forget_steps(uint8_t axis);

bool is_switch_closed(uint8_t axis);

}  // namespace cnc_shield
