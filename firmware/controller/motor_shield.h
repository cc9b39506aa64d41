// The bridges of the motor shield. For the main loop only.
#pragma once

#include <stdint.h>

namespace motor_shield {

// Drive of an axis in permille of full, signed; 0 shorts the motor. Nothing while a stop is untaken.
void drive(uint8_t axis, int16_t permille);

}  // namespace motor_shield
