// What this board is: its name, its axes, what its motors can do, and how they are controlled.
#pragma once

#include <stdint.h>

namespace config {

constexpr char kBoard[] = "motor-shield";

constexpr uint8_t kAxes = 2;  // a and b
constexpr uint16_t kTicksPerSecond = 1000;  // control periods

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

}  // namespace config
