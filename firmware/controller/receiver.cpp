#include "receiver.h"

#include "crc16.h"

namespace receiver {
namespace {

using protocol::Error;

Frame frame_;
uint8_t length_;  // 0 outside of a frame
Error error_;

Found reject(Error error) {
    length_ = 0;
    error_ = error;
    return Found::rejected;
}

bool is_text(uint8_t byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == ' ' || byte == '*' || byte == '-';
}

// The value of a checksum's digit, or 16.
uint8_t hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') {
        return static_cast<uint8_t>(digit - '0');
    }
    return digit >= 'a' && digit <= 'f' ? static_cast<uint8_t>(digit - 'a' + 10) : 16;
}

// The line has ended: checks its form and its seal.
Found judge() {
    uint16_t crc = crc16::kStart;
    uint8_t star = 0;
    while (star < length_ && frame_.text[star] != '*') {
        crc = crc16::next(crc, static_cast<uint8_t>(frame_.text[star++]));
    }
    if (length_ - star != 5) {  // '*' and four digits
        return reject(Error::bad_frame);
    }
    frame_.crc = 0;
    for (uint8_t i = 1; i < 5; ++i) {
        const uint8_t digit = hex_digit(frame_.text[star + i]);
        if (digit > 15) {
            return reject(Error::bad_frame);
        }
        frame_.crc = static_cast<uint16_t>((frame_.crc << 4) | digit);
    }
    if (frame_.crc != crc) {
        return reject(Error::bad_checksum);
    }
    frame_.text[star] = '\0';
    length_ = 0;
    return Found::frame;
}

}  // namespace

Found feed(uint8_t byte, uint16_t position) {
    if (byte == ':') {
        const bool dropped = length_ > 0;
        if (dropped) {
            reject(Error::bad_frame);
        }
        frame_.text[0] = ':';
        length_ = 1;
        frame_.position = position;
        return dropped ? Found::rejected : Found::nothing;
    }
    if (length_ == 0) {
        return Found::nothing;
    }
    if (byte == '\r' || byte == '\n') {
        return judge();
    }
    if (!is_text(byte)) {
        return reject(Error::bad_frame);
    }
    if (length_ >= protocol::kMaxFrameBytes - 1) {  // no room is left for the line end
        return reject(Error::too_long);
    }
    frame_.text[length_++] = static_cast<char>(byte);
    return Found::nothing;
}

const Frame& frame() { return frame_; }

Error error() { return error_; }

void reset() { length_ = 0; }

}  // namespace receiver
