// Reads bytes from standard input as the board does, and prints what it finds in them, an item a line: as `streams` of
// vectors.json tells them.

#include <stdio.h>

#include "../controller/command.h"
#include "../controller/config.h"
#include "../controller/hardware.h"
#include "../controller/receiver.h"
#include "host.h"

namespace {

bool is_stopped_since(uint8_t axis, uint16_t position) {
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        if ((axis == i || axis == command::kNoAxis) && hardware::stopped_since(i, position)) {
            return true;
        }
    }
    return false;
}

void tell_frame() {
    const receiver::Frame& frame = receiver::frame();
    command::Command command;
    const protocol::Error error = command::parse(frame.text, command);
    if (error == protocol::Error::bad_frame) {
        printf("reject 1\n");
    } else if (error != protocol::Error::none) {
        printf("refuse %u %u\n", command.seq, static_cast<unsigned>(error));
    } else {
        const bool overtaken = protocol::can_be_overtaken(command.verb) && is_stopped_since(command.axis, frame.position);
        printf("%s %s\n", overtaken ? "overtaken" : "received", frame.text + 1);
    }
}

}  // namespace

int main() {
    hardware::begin();
    for (int next = getchar(); next != EOF; next = getchar()) {
        host::receive(static_cast<uint8_t>(next));
        if (next == '!' || (next >= 'A' && next <= 'H')) {
            const bool one = !config::kSharedPower && next != '!' && next < 'A' + config::kAxes;
            printf("stop %s\n", one ? std::string(1, static_cast<char>(next - 'A' + 'a')).c_str() : "all");
        } else if (hardware::take_query()) {
            printf("query\n");
        }
        uint8_t byte = 0;
        uint16_t position = 0;
        while (hardware::take_byte(byte, position)) {
            switch (receiver::feed(byte, position)) {
                case receiver::Found::nothing:
                    break;
                case receiver::Found::rejected:
                    printf("reject %u\n", static_cast<unsigned>(receiver::error()));
                    break;
                case receiver::Found::frame:
                    tell_frame();
                    break;
            }
        }
    }
    return 0;
}
