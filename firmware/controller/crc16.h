// CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xffff, not reflected, no final xor.
#pragma once

#include <stdint.h>

namespace crc16 {

constexpr uint16_t kStart = 0xffff;

// The checksum `crc` carried on over one byte more.
inline uint16_t next(uint16_t crc, uint8_t byte) {
    uint8_t x = static_cast<uint8_t>((crc >> 8) ^ byte);
    x = static_cast<uint8_t>(x ^ (x >> 4));
    // (crc << 8) ^ (x << 12) ^ (x << 5) ^ x, by bytes: the chip shifts one place at a time.
    const uint8_t high = static_cast<uint8_t>(crc ^ (x << 4) ^ (x >> 3));
    const uint8_t low = static_cast<uint8_t>(x ^ (x << 5));
    return static_cast<uint16_t>(high << 8 | low);
}

}  // namespace crc16
