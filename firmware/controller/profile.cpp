#include "profile.h"

#include "wrap.h"

namespace profile {
namespace {

constexpr int32_t kOne_q24 = 1L << 24;
constexpr int32_t kTicks = config::kTicksPerSecond;

// Braking is looked after only this close to the target: four times the way from full speed would not fit 32 bits below.
constexpr int32_t kNearCounts = 2047;
static_assert(static_cast<int64_t>(config::kMaxSpeedCps) * config::kMaxSpeedCps / (2 * config::kAccelCps2) < kNearCounts,
              "the way to brake from full speed has to fit");

static_assert(static_cast<int64_t>(config::kMaxSpeedCps) * 3 / 2 * kOne_q24 / kTicks + kOne_q24 < INT32_MAX,
              "half more than the top speed, and a fraction, have to fit");

constexpr uint32_t kTwiceAccel_q20 = static_cast<uint32_t>(kAccel_q24) >> 3;
constexpr uint32_t kAccel_q12 = static_cast<uint32_t>(kAccel_q24) >> 12;

// The highest speed of this tick, up to `most`, from which the ticks after it, braking, still end `way_q4` from here:
// v^2 + 2 a v = 2 a s.
int32_t braking_q24(int32_t most, uint32_t way_q4) {
    const uint32_t square_q24 = kAccel_q12 * kAccel_q12 + kTwiceAccel_q20 * way_q4;
    const uint16_t most_q12 = static_cast<uint16_t>((most >> 12) + 1 + static_cast<int32_t>(kAccel_q12));
    if (static_cast<uint32_t>(most_q12) * most_q12 <= square_q24) {  // the root, which takes long, is not needed
        return most;
    }
    return static_cast<int32_t>((static_cast<uint32_t>(square_root(square_q24)) - kAccel_q12) << 12);
}

void approach(Profile& p, int32_t speed_q24) {
    int32_t change = speed_q24 - p.speed_q24;
    if (change > kAccel_q24) {
        change = kAccel_q24;
    } else if (change < -kAccel_q24) {
        change = -kAccel_q24;
    }
    p.accel_q24 = change;
    p.speed_q24 += change;
}

void move(Profile& p) {
    const int32_t sum = static_cast<int32_t>(p.fraction_q24) + p.speed_q24;
    p.position = wrap::add(p.position, sum >> 24);
    p.fraction_q24 = static_cast<uint32_t>(sum) & (kOne_q24 - 1);
}

void end(Profile& p) {
    p.position = p.target;
    p.fraction_q24 = 0;
    p.speed_q24 = 0;
    p.accel_q24 = 0;
    p.ended = true;
}

void advance_travel(Profile& p) {
    const int32_t whole = wrap::subtract(p.target, p.position);
    int32_t wanted = p.cruise_q24;
    if (whole > kNearCounts || whole < -kNearCounts) {
        wanted = whole < 0 ? -wanted : wanted;
    } else {
        const int32_t way_q4 = whole * 16 - static_cast<int32_t>(p.fraction_q24 >> 20);
        const bool slow = p.speed_q24 <= kAccel_q24 && p.speed_q24 >= -kAccel_q24;
        if (slow && way_q4 <= 1 && way_q4 >= -1) {
            end(p);
            return;
        }
        // No faster than the next tick can be.
        const int32_t speed = (p.speed_q24 < 0 ? -p.speed_q24 : p.speed_q24) + kAccel_q24;
        const int32_t most = speed < wanted ? speed : wanted;
        const int32_t braking = braking_q24(most, static_cast<uint32_t>(way_q4 < 0 ? -way_q4 : way_q4));
        if (braking < wanted) {
            wanted = braking;
        }
        wanted = way_q4 < 0 ? -wanted : wanted;
    }
    approach(p, wanted);
    move(p);
}

}  // namespace

uint16_t square_root(uint32_t square) {
    uint32_t root = 0;
    for (uint32_t bit = 1UL << 30; bit != 0; bit >>= 2) {
        if (square >= root + bit) {
            square -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return static_cast<uint16_t>(root);
}

int32_t speed_q24(int32_t speed_cps) {
    return static_cast<int32_t>(static_cast<int64_t>(speed_cps) * kOne_q24 / kTicks);
}

void place(Profile& p, int32_t position, int32_t speed) {
    p.position = position;
    p.fraction_q24 = 0;
    p.speed_q24 = speed;
    p.accel_q24 = 0;
}

void travel(Profile& p, int32_t target, int32_t cruise) {
    p.target = target;
    p.cruise_q24 = cruise;
    p.travels = true;
    p.ended = false;
}

void ramp(Profile& p, int32_t speed) {
    p.cruise_q24 = speed;
    p.travels = false;
    p.ended = speed == p.speed_q24;
}

void advance(Profile& p) {
    if (p.travels) {
        if (!p.ended) {
            advance_travel(p);
        }
        return;
    }
    approach(p, p.cruise_q24);
    p.ended = p.speed_q24 == p.cruise_q24;
    move(p);
}

int32_t behind_q8(const Profile& p, int32_t counts) {
    int32_t whole = wrap::subtract(p.position, counts);
    if (whole > 32767) {
        whole = 32767;
    } else if (whole < -32767) {
        whole = -32767;
    }
    return whole * 256 + static_cast<int32_t>(p.fraction_q24 >> 16);
}

}  // namespace profile
