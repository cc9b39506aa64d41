// CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xffff, not reflected, no final xor.
#pragma once

#include <stdint.h>

namespace crc16 {

constexpr uint16_t kStart = 0xffff;

// The checksum `crc` carried on over one byte more.
inline uint16_t next(uint16_t crc, uint8_t byte) {
    uint8_t x = static_cast<uint8_t>((crc >> 8) ^ byte);
    x = static_cast<uint8_t>(x ^ (x >> 4));
    return static_cast<uint16_t>((crc << 8) ^ (static_cast<uint16_t>(x) << 12) ^ (static_cast<uint16_t>(x) << 5) ^ x);
}

}  // namespace crc16
