// The position loop of one axis: feed-forward and PID on encoder counts, in permille of full drive.
#pragma once

#include <stdint.h>

#include "profile.h"

namespace servo {

constexpr int16_t kFullPermille = 1000;
constexpr uint8_t kWindowTicks = 8;  // one count in 8 ms is 125 counts/s: the meter's resolution

// Speed from the counts of the last few ticks.
struct SpeedMeter {
    int16_t counts[kWindowTicks];
    uint8_t oldest;
    int16_t change;  // over the window
};

void still(SpeedMeter& meter, int32_t counts);
void update(SpeedMeter& meter, int32_t counts);
int32_t speed_cps(const SpeedMeter& meter);
int32_t speed_q24(const SpeedMeter& meter);  // counts per tick

// The drive of this tick. `integral_q16` is carried from tick to tick, 0 at first.
int16_t duty_permille(const profile::Profile& setpoint, const SpeedMeter& meter, int32_t counts, int32_t& integral_q16);

}  // namespace servo
