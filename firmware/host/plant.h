// What hardware_host.cpp needs of the motors, or of the steppers, that are plugged on.
#pragma once

#include <stdint.h>

namespace plant {

// A stop byte's part: takes the drive of an axis off.
void cut(uint8_t axis);

// Lets the shafts turn.
void pass_period();

// To be called before the main loop looks at or does anything outside of itself.
void call();

}  // namespace plant
