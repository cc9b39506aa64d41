// A trapezoidal profile, laid one control period at a time: where an axis ought to be, how fast, how hard it speeds up.
//
// It may begin at any speed in either direction. Speeds are counts per tick, accelerations counts per tick squared; `_q24`
// has 24 binary places, `_q12` twelve, `_q8` eight.
#pragma once

#include <stdint.h>

#include "config.h"

namespace profile {

constexpr int32_t kAccel_q24 = static_cast<int32_t>(static_cast<int64_t>(config::kAccelCps2) * (1L << 24) /
                                                    (static_cast<int64_t>(config::kTicksPerSecond) * config::kTicksPerSecond));

struct Profile {
    int32_t position;       // counts, rounded down
    uint32_t fraction_q24;  // what is above that, below 1
    int32_t speed_q24;
    int32_t accel_q24;  // of the last tick
    int32_t cruise_q24; // travel: the highest speed, positive; ramp: the speed to end with, signed
    int32_t target;     // travel: where it ends
    bool travels;
    bool ended;         // the target, or the last speed, is reached
};

uint16_t square_root(uint32_t square);

// Counts per second as counts per tick.
int32_t speed_q24(int32_t speed_cps);

// Stands at a position, moving at a speed: what a profile begins with where none was.
void place(Profile& profile, int32_t position, int32_t speed_q24);

// Goes on from where the profile is: to `target`, at standstill, or to a speed for good (0 is a stop).
void travel(Profile& profile, int32_t target, int32_t cruise_q24);
void ramp(Profile& profile, int32_t speed_q24);

// Lets one tick pass.
void advance(Profile& profile);

// How far `counts` is behind the profile, limited to 32767 counts.
int32_t behind_q8(const Profile& profile, int32_t counts);

}  // namespace profile
