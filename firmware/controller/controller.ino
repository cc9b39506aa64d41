// Deadstop's motor controller for an Arduino Uno or Nano with the Arduino Motor Shield R3.
//
// What it says and understands is in PROTOCOL.md, one folder up; where things are, in README.md there.
// The whole program is in the .h/.cpp files beside this one. It needs no Arduino library and none of the core's
// timers or Serial, so it builds with plain avr-gcc as well.

#include "board.h"

void setup() { board::begin(); }

void loop() { board::poll(); }

#if !defined(ARDUINO)
int main() {
    setup();
    for (;;) {
        loop();
    }
}
#endif
