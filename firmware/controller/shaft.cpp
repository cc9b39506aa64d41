#include "shaft.h"

#include "config.h"
#include "shield.h"
#include "wrap.h"

namespace shaft {
namespace {

struct Shaft {
    int32_t position;
    uint16_t counts;  // of the shield, as of `position`
    int32_t anchor;   // where it was when it last moved by `kStandstillCounts`
    uint16_t still_ticks;
};

Shaft shafts_[config::kAxes];

}  // namespace

void begin() {
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        shafts_[i] = Shaft();
        shafts_[i].counts = shield::counts(i);
    }
}

int32_t position(uint8_t axis) {
    Shaft& s = shafts_[axis];
    const uint16_t counts = shield::counts(axis);
    s.position = wrap::add(s.position, static_cast<int16_t>(counts - s.counts));
    s.counts = counts;
    return s.position;
}

void declare(uint8_t axis, int32_t present) {
    Shaft& s = shafts_[axis];
    position(axis);
    s.position = present;
    s.anchor = present;
}

void tick(uint8_t axis, uint8_t periods) {
    Shaft& s = shafts_[axis];
    const int32_t moved = wrap::subtract(position(axis), s.anchor);
    if (moved >= config::kStandstillCounts || moved <= -config::kStandstillCounts) {
        stand_from_now(axis);
    } else if (s.still_ticks <= UINT16_MAX - periods) {
        s.still_ticks = static_cast<uint16_t>(s.still_ticks + periods);
    }
}

uint16_t still_ticks(uint8_t axis) { return shafts_[axis].still_ticks; }

void stand_from_now(uint8_t axis) {
    shafts_[axis].anchor = shafts_[axis].position;
    shafts_[axis].still_ticks = 0;
}

}  // namespace shaft
