// The main loop.
#pragma once

namespace board {

// After a reset; nothing moves.
void begin();

// One turn: stop bytes first, then control periods, then frames; sleeps when there is nothing to do.
void poll();

}  // namespace board
