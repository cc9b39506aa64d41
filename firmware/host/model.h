// What the reference knows of the board: its axes, as PROTOCOL.md has them, and what it counts.
#pragma once

#include <stdint.h>

#include <string>

#include "../controller/config.h"

namespace model {

struct Axis {
    std::string state;
    std::string cause;
    long category;
    long motion;
    long superseded;  // the motion that has to be told so; 0 for none
    long newest;
    long lease_ms;
    unsigned fed_at;
    bool started;
    bool targeted;
    int64_t target;
    int64_t origin;       // of the shaft's true position
    unsigned stopped_in;  // the turn that a stop byte came in that is not answered yet; 0 for none
};

struct Board {
    Axis axes[config::kAxes];
    bool open;  // it has had `hello`
    unsigned turn;
    unsigned now;  // in periods
    long frames;
    long rejected;
    long lease_stops;
};

extern Board board;

void begin();

uint8_t index(const Axis& axis);

// Where its shaft is, as the board counts.
int32_t position(const Axis& axis);

// Whether a motion has it; so it has when power is kept.
bool runs(const Axis& axis);

// Whether a motion's number is newer than another.
bool newer(long motion, long than);

}  // namespace model
