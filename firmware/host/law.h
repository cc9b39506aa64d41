// What no input may ever make the controller do, watched from outside: with a reader of frames and a checksum of its own.
//
// Every answer and every event is that which `reference` calls for; the drive is on only for a motion that was accepted, that no stop
// byte overtook, and whose lease has not run out. Once an axis was told to be at rest (`arrived`, `fault`, `stopped` but of category 2)
// it has no drive until the next motion is accepted.
#pragma once

#include <stdint.h>

#include <string>

namespace law {

// Powers a board up and begins to watch it.
void begin();

// Lets bytes arrive, and watches.
void receive(const std::string& bytes);

// Lets bytes arrive amid the work of the main loop: all together, `calls` of its looks at the hardware from now.
void receive_amid(unsigned calls, const std::string& bytes);

// Lets `periods` control periods pass; the main loop runs in each.
void pass(unsigned periods);

// Lets them pass while the main loop is kept from running; then it runs.
void starve(unsigned periods);

// Lets the main loop run once.
void run();

// Holds a shaft, lets it go, or turns it by up to 252 counts by hand.
void touch(uint8_t how);

// Whatever came before: the next stop byte stops, and the next valid command is answered.
void must_still_work();

// Says what is broken, and ends.
void require(bool holds, const char* what);
void require(bool holds, const char* what, const std::string& line);

// The checksum of section 2, and the frame of `words`: with ':', the checksum, and LF.
unsigned checksum(const std::string& text);
std::string sealed(const std::string& words);

}  // namespace law
