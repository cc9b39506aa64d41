// What makes the axes move: bridges and encoders (servo_drive.cpp) or steps (step_drive.cpp). For the main loop only.
//
// It knows of ways, speeds and ramps; of motions, leases and causes only axis.cpp does.
#pragma once

#include <stdint.h>

#include "config.h"
#include "protocol.h"

namespace drive {

// After a reset: no drive.
void begin();

// Whether the axes can do what a verb asks for.
bool can(protocol::Verb verb);

struct Range {
    int32_t least;
    int32_t most;
    bool homed;
};
Range range(uint8_t axis);

// Each begins where the axis is and as fast as it moves. `travel` ends at a target; `spin` at the end of the range, if there is one.
void travel(uint8_t axis, int32_t target, int32_t speed_cps);
void spin(uint8_t axis, int32_t speed_cps);
void power(uint8_t axis, int16_t duty_permille);
void home(uint8_t axis, int32_t speed_cps);

// All axes at once, from standstill; `via` goes on from there. `lines_free`: how many more.
void line(const int32_t* targets, int32_t speed_cps, int32_t accel_cps2);
void via(const int32_t* targets, int32_t speed_cps);
uint8_t lines_free();

// Waypoints passed since the last call.
uint8_t take_passed();

// Brings what moves to rest; `hold`: with power kept. A line whose axes are all told so ends on its way.
void ramp_down(uint8_t axis, bool hold);

// Takes the drive off; with shared power that of all axes.
void cut(uint8_t axis);

// Takes it off at the end of a motion: other axes keep theirs.
void release(uint8_t axis);

// Lets control periods pass: `measure` before the state of any axis is looked at, `tick` for an axis that is driven, and `advance`
// after that, once for all of them, and behind each line that is told: that takes its time. What is wrong is told, and nothing done about it.
void measure(uint8_t axis);
protocol::Fault tick(uint8_t axis, uint8_t periods);
void advance();

// Whether what was asked for is over; and if so, whether it was carried out (it is not after `spin`, or a ramp).
bool has_ended(uint8_t axis);
bool is_there(uint8_t axis);

int32_t speed_cps(uint8_t axis);
int16_t duty_permille(uint8_t axis);

// The shaft was declared to be at another position.
void redeclare(uint8_t axis);

}  // namespace drive
