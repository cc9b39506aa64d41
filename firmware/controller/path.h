// The path of a coordinated motion: a queue of straight lines in joint space, passed with one speed profile, one control period at a
// time. For the main loop only.
//
// Speeds are those of the axis with the longest way on a line. Look-ahead: at the end of each line the path may be so fast as no axis
// changes its speed by more than config::kJumpCps there, and as it can still stop at the end of the last line.
#pragma once

#include <stdint.h>

#include "config.h"

namespace path {

// Begins anew, at rest.
void begin(const int32_t* from, int32_t accel_cps2);

// Adds a line behind the last one. There has to be room.
void add(const int32_t* targets, int32_t speed_cps);
uint8_t free_lines();

// Ramps down from here on, as if that had begun `lag_ticks_q8` ago at `speed_q24`, and ends where that leads.
void ramp_down(int32_t speed_q24, uint16_t lag_ticks_q8);

// Where a control period leads each axis: `change_q24` counts from where it was, or on a new line, from `waypoint`.
struct Advance {
    bool is_new_line;
    uint8_t passed;  // waypoints
    int32_t waypoint[config::kAxes];
    int32_t change_q24[config::kAxes];
};
void advance(Advance& result);

// At rest: at the end of the last line (`is_there`), or of the ramp.
bool has_ended();
bool is_there();

// Counts per tick.
int32_t speed_q24();

}  // namespace path
