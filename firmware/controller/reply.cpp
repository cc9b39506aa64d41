#include "reply.h"

#include "line.h"

namespace reply {

void begin(uint8_t seq) {
    line::begin('=');
    line::put_number(seq);
}

void end() {
    line::send();
    line::keep();
}

void send(uint8_t seq) {
    begin(seq);
    end();
}

void send(uint8_t seq, int32_t word) {
    begin(seq);
    line::word_number(word);
    end();
}

void refuse(uint8_t seq, protocol::Error error) {
    line::begin('-');
    line::put_number(seq);
    line::word_number(static_cast<uint8_t>(error));
    line::word_flash(protocol::name(error));
    end();
}

}  // namespace reply
