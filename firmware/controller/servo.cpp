#include "config.h"

#if !defined(DEADSTOP_ARM)

#include "servo.h"
#include "wrap.h"

namespace servo {
namespace {

constexpr int32_t kFull = kFullPermille;
constexpr int32_t kNear_q8 = 384;  // 1.5 counts: within it the integral rests, or friction would make it hunt
constexpr int32_t kFar_q8 = 256 * (config::kTrackingCounts + 1);  // a fault by then

// A motor that is turned by its load may exceed what it can do by itself; beyond this the sums below would not fit 32 bits.
constexpr int32_t kFastest = 150;  // counts over the window
static_assert(kFastest * config::kTicksPerSecond / kWindowTicks > config::kMaxSpeedCps * 3 / 2, "well above the top speed");

int32_t limit(int32_t value, int32_t most) { return value > most ? most : value < -most ? -most : value; }

}  // namespace

void still(SpeedMeter& meter, int32_t counts) {
    for (uint8_t i = 0; i < kWindowTicks; ++i) {
        meter.counts[i] = static_cast<int16_t>(counts);
    }
    meter.oldest = 0;
    meter.change = 0;
}

void update(SpeedMeter& meter, int32_t counts) {
    const uint16_t now = static_cast<uint16_t>(counts);
    meter.change = static_cast<int16_t>(now - static_cast<uint16_t>(meter.counts[meter.oldest]));
    meter.counts[meter.oldest] = static_cast<int16_t>(now);
    meter.oldest = (meter.oldest + 1) % kWindowTicks;
}

int32_t speed_cps(const SpeedMeter& meter) {
    return static_cast<int32_t>(meter.change) * (config::kTicksPerSecond / kWindowTicks);
}

int32_t speed_q24(const SpeedMeter& meter) {
    return limit(meter.change, kFastest) * ((1L << 24) / kWindowTicks);
}

int16_t duty_permille(const profile::Profile& setpoint, const SpeedMeter& meter, int32_t counts, int32_t& integral_q16) {
    const int32_t behind_q8 = limit(profile::behind_q8(setpoint, counts), kFar_q8);
    const int32_t speed_q12 = fixed::rounded<4>(setpoint.speed_q24 >> 8);
    const int32_t slow_q12 = speed_q12 - limit(meter.change, kFastest) * ((1L << 12) / kWindowTicks);
    int32_t duty = fixed::rounded<16>(speed_q12 * config::kSpeedPermille_q4) +
                   fixed::rounded<16>(fixed::rounded<4>(setpoint.accel_q24 >> 8) * config::kAccelPermille_q4) +
                   fixed::rounded<16>(behind_q8 * config::kPositionPermille_q8) +
                   fixed::rounded<16>(slow_q12 * config::kDampingPermille_q4) + fixed::rounded<16>(integral_q16);
    if (setpoint.speed_q24 != 0) {
        duty += setpoint.speed_q24 > 0 ? config::kFrictionPermille : -config::kFrictionPermille;
    }
    // Anti-windup: integrates only what the bridge can still carry out.
    if ((behind_q8 > kNear_q8 || behind_q8 < -kNear_q8) && duty < kFull && duty > -kFull) {
        integral_q16 = limit(integral_q16 + fixed::rounded<1>(behind_q8 * config::kIntegralPermille_q9), kFull << 16);
    }
    return static_cast<int16_t>(limit(duty, kFull));
}

}  // namespace servo

#endif
