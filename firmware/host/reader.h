// Finds the frames in what a board gets, for `reference`.
#pragma once

#include <stdint.h>

#include <deque>
#include <string>

#include "../controller/config.h"

namespace reader {

struct Item {
    int reject;        // why it was thrown away; 0 if it was not
    std::string text;  // of a frame, from its SEQ up to its first '*'
    std::string seal;
    unsigned stopped_in[config::kAxes];  // the turn that the first stop byte since its ':' came in; 0 for none
};

void begin();

// Appends what `byte` completes to `items`; notes a stop byte in those that are there.
void see(char byte, unsigned turn, std::deque<Item>& items);

// Whether a sealed frame for a motion of `axis` has come, and no stop byte for it since its ':'.
bool has_asked(uint8_t axis);

// Whether `byte` stops `axis`.
bool stops(char byte, uint8_t axis);

}  // namespace reader
