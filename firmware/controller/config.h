// What this board is: its name, its axes, what its motors can do, and how they are controlled.
//
// There are two builds of the same sources: two DC motors on a motor shield, or, with DEADSTOP_ARM, the three stepper joints of an
// arm on a CNC shield. With the Arduino IDE, take the slashes off the next line for the arm.
#pragma once

// #define DEADSTOP_ARM

#include <stdint.h>

namespace config {

constexpr uint16_t kTicksPerSecond = 1000;  // control periods

#if defined(DEADSTOP_ARM)

constexpr char kBoard[] = "cnc-shield";

constexpr uint8_t kAxes = 3;  // a, b and c
constexpr bool kSharedPower = true;  // one enable for all drivers

// 200 steps a turn, 16 microsteps, a gear of 4.
constexpr int32_t kCountsPerRev = 12800;
constexpr int32_t kMaxSpeedCps = 8000;      // 225 degrees/s
constexpr int32_t kAccelCps2 = 40000;
constexpr int32_t kJumpCps = 400;           // PROTOCOL.md, section 4: well below what a NEMA 17 starts at
constexpr int32_t kMaxMoveCounts = 100000;
constexpr int32_t kHomeBackCps = kJumpCps;  // off the limit switch again, slowly

// Soft limits of each joint; the least is where its limit switch is.
constexpr int16_t kLeastCounts[kAxes] = {-3200, -1600, -3200};
constexpr int16_t kMostCounts[kAxes] = {3200, 3200, 3200};

constexpr int32_t kArrivedCounts = 0;
constexpr int32_t kStandstillCounts = 1;

#else

constexpr char kBoard[] = "motor-shield";

constexpr uint8_t kAxes = 2;  // a and b
constexpr bool kSharedPower = false;

// Pololu 37D 50:1 gear motor at 12 V with a 64 CPR encoder: 3200 counts a turn of its output shaft, 200 rpm without load.
constexpr int32_t kCountsPerRev = 3200;
constexpr int32_t kMaxSpeedCps = 10133;        // 95 % of the no-load speed: the rest is for correcting
constexpr int32_t kAccelCps2 = 38400;          // 12 rev/s^2, which the motor can follow up to 150 rpm
constexpr int32_t kMaxMoveCounts = 3200000;    // 1000 turns

constexpr int32_t kTrackingCounts = kCountsPerRev / 4;  // PROTOCOL.md, section 5
constexpr uint16_t kStallTicks = 250;                   // the same
constexpr int32_t kStallCounts = 4;     // a shaft that follows this closely is not stalled, only slow
constexpr int32_t kArrivedCounts = 2;   // what static friction may leave
constexpr int32_t kStandstillCounts = 2;

// Feed-forward and PID, from the motor's data sheet and a closed-loop bandwidth of 60 rad/s with both poles there: four times
// the motor's own (1 / 64 ms), and slow against the 4 ms by which the measured speed lags. In permille of full drive.
constexpr int32_t kSpeedPermille_q4 = 1473;     // 92.05 for each count/tick
constexpr int32_t kAccelPermille_q4 = 93346;    // 5834 for each count/tick^2
constexpr int32_t kFrictionPermille = 18;       // half of the no-load current's torque
constexpr int32_t kPositionPermille_q8 = 5377;  // 21.00 for each count behind
constexpr int32_t kDampingPermille_q4 = 9729;   // 608.1 for each count/tick too slow
constexpr int32_t kIntegralPermille_q9 = 43;    // 0.0840 each tick for each count behind

#endif

constexpr uint8_t kAllAxes = (1 << kAxes) - 1;  // one bit each

}  // namespace config
