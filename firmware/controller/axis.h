// The axes: state, motion and lease of each, changed only along the table of section 6. For the main loop only.
//
// Whoever begins a motion has made every check of section 7. Where several axes are meant they are one bit each.
#pragma once

#include <stdint.h>

#include "protocol.h"

namespace axis {

// After a reset: idle, drive off, nothing remembered.
void begin();

// What a host is told of an axis.
struct Report {
    protocol::State state;
    uint16_t motion;  // the number last accepted
    uint16_t newest;  // the newest number used up
    int32_t position;
    int32_t speed_cps;
    int16_t duty_permille;
    protocol::Cause cause;
};
Report report(uint8_t axis);

// Whether a motion has the axis; so it has when power is kept.
bool is_running(uint8_t axis);

// Whether it is under way and no other motion may take it over.
bool is_taken(uint8_t axis);

// Whether a line of this number moves all axes, and nothing stops it.
bool has_line(uint16_t motion);

// Uses up a motion's number; false if it was not fresh.
bool use_up(uint8_t axis, uint16_t motion);

// How a motion has an axis: so that another may take it over, or not; or with all others, to be stopped and kept together.
enum class Hold : uint8_t { loose, tight, line };

// Begins a motion; the caller then tells the drive what to do, and calls `tell_start`.
void take_over(uint8_t axis, uint16_t motion, uint16_t lease_ms, Hold hold);

// Tells of it as soon as it is driven.
void tell_start(uint8_t axis);

// Renews the lease of the motion of an axis.
void keep(uint8_t axis);

// Takes drives off now and tells nothing; `stop` with category 0 must follow.
void cut(uint8_t axes);

// Stops whatever runs; a stop under way only becomes stricter. Reaches also those that share a motion, or drive power, with them.
void stop(uint8_t axes, protocol::Cause cause, protocol::Category category);

void zero(uint8_t axis, int32_t position);
void clear(uint8_t axis);

// The work of a control period, all axes. More than one may have passed since the last: time is never lost, whatever the load.
void tick(uint8_t periods);

uint16_t lease_stops();

}  // namespace axis
