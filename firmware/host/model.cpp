#include "model.h"

#include "host.h"

namespace model {

Board board;

void begin() {
    board = Board();
    board.turn = 1;
    for (Axis& axis : board.axes) {
        axis.state = "idle";
        axis.cause = "none";
    }
}

uint8_t index(const Axis& axis) { return static_cast<uint8_t>(&axis - board.axes); }

int32_t position(const Axis& axis) { return static_cast<int32_t>(static_cast<uint32_t>(host::position(index(axis)) - axis.origin)); }

bool runs(const Axis& axis) { return axis.state != "idle" && axis.state != "faulted"; }

bool newer(long motion, long than) { return ((motion - than) & 0xffff) >= 1 && ((motion - than) & 0xffff) <= 32767; }

}  // namespace model
