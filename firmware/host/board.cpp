// The board without its chip, for conversations. Each line of standard input: bytes in hex (or -), the control periods that pass behind
// each of them (0: one for every 11 bytes, as on the line), and those that pass in the end. What the board says is printed, then a dot.

#include "../controller/board.h"

#include <iostream>

#include "host.h"

namespace {

void pass(unsigned periods) {
    for (; periods > 0; --periods) {
        host::pass_period();
        board::poll();
    }
}

}  // namespace

int main() {
    board::begin();
    std::string bytes;
    unsigned between = 0;
    unsigned after = 0;
    while (std::cin >> bytes >> between >> after) {
        for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
            host::receive(static_cast<uint8_t>(std::stoul(bytes.substr(i, 2), nullptr, 16)));
            board::poll();
            pass(between == 0 ? i % 22 == 20 : between);
        }
        pass(after);
        std::cout << host::take_sent() << "." << std::endl;
    }
    return 0;
}
