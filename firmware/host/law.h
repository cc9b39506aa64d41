// What no input may ever make the controller do, watched from outside: with a reader of frames and a checksum of its own.
#pragma once

#include <stdint.h>

#include <string>

namespace law {

// Powers a board up and begins to watch it.
void begin();

// Lets bytes arrive, and watches.
void receive(const std::string& bytes);

// Lets `periods` control periods pass; the main loop runs in each.
void pass(unsigned periods);

// Lets the main loop run once.
void run();

// Whatever came before: the next stop byte stops, and the next valid command is answered.
void must_still_work();

// The frame of `words`: with ':', the checksum, and LF.
std::string sealed(const std::string& words);

}  // namespace law
