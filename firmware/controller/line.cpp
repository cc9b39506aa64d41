#include "line.h"

#include "crc16.h"
#include "flash.h"
#include "hardware.h"

namespace line {
namespace {

const uint32_t kPowers[] PROGMEM = {1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};

char text_[kMaxBytes];
uint8_t length_;
char kept_[kMaxBytes];
uint8_t kept_length_;

bool send_text() {
    put('\r');
    put('\n');
    if (hardware::room_bytes() < length_) {
        return false;
    }
    hardware::send(text_, length_);
    return true;
}

}  // namespace

void begin(char kind) {
    length_ = 0;
    put(kind);
}

void put(char character) {
    if (length_ < kMaxBytes) {
        text_[length_++] = character;
    }
}

void put_number(int32_t number) {
    const uint32_t size = static_cast<uint32_t>(number);
    if (number < 0) {
        put('-');
    }
    put_unsigned(number < 0 ? 0 - size : size);
}

// By subtraction: a division of 32 bits takes the chip as long as all of this.
void put_unsigned(uint32_t left) {
    bool begun = false;
    for (uint8_t i = 0; i < sizeof kPowers / sizeof kPowers[0]; ++i) {
        const uint32_t power = pgm_read_dword(&kPowers[i]);
        char digit = '0';
        for (; left >= power; left -= power) {
            ++digit;
        }
        begun = begun || digit != '0' || power == 1;
        if (begun) {
            put(digit);
        }
    }
}

void put_flash(const char* text) {
    for (char next = flash::character(text); next != '\0'; next = flash::character(++text)) {
        put(next);
    }
}

void put_text(const char* text) {
    while (*text != '\0') {
        put(*text++);
    }
}

void word_number(int32_t number) {
    put(' ');
    put_number(number);
}

void word_flash(const char* text) {
    put(' ');
    put_flash(text);
}

bool send() {
    uint16_t crc = crc16::kStart;
    for (uint8_t i = 0; i < length_; ++i) {
        crc = crc16::next(crc, static_cast<uint8_t>(text_[i]));
    }
    put('*');
    for (uint8_t shift = 16; shift > 0;) {
        shift = static_cast<uint8_t>(shift - 4);
        const uint8_t digit = (crc >> shift) & 0x0f;
        put(static_cast<char>(digit < 10 ? '0' + digit : 'a' + digit - 10));
    }
    return send_text();
}

bool send_comment() { return send_text(); }

void keep() {
    for (uint8_t i = 0; i < length_; ++i) {
        kept_[i] = text_[i];
    }
    kept_length_ = length_;
}

void send_kept() {
    if (hardware::room_bytes() >= kept_length_) {
        hardware::send(kept_, kept_length_);
    }
}

}  // namespace line
