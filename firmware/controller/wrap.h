// Arithmetic on 32-bit counters that go round, as an encoder's does, and on fixed-point numbers.
#pragma once

#include <stdint.h>

namespace wrap {

inline int32_t add(int32_t a, int32_t b) {
    return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

inline int32_t subtract(int32_t a, int32_t b) {
    return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
}

}  // namespace wrap

namespace fixed {

// `value` without its `places` lowest binary places, rounded. (A division by a power of two would call the library's: it takes
// the chip 600 cycles, a shift some 60, and by 8 or 16 places nearly none.)
template <uint8_t places>
int32_t rounded(int32_t value) {
    return (value + (1L << (places - 1))) >> places;
}

// `value`, which is below 16, without its twelve lowest places of 24. (As halves it costs four shifts, not twelve.)
inline uint16_t q12_of_q24(uint32_t value) { return static_cast<uint16_t>(value << 4 >> 16); }

// A quotient that is known to fit 16 bits, in a third of the time that the library's division takes.
inline uint16_t quotient(uint32_t dividend, uint16_t divisor) {
    uint16_t rest = static_cast<uint16_t>(dividend >> 16);
    uint16_t result = static_cast<uint16_t>(dividend);
    for (uint8_t place = 0; place < 16; ++place) {
        const bool carry = rest & 0x8000;
        rest = static_cast<uint16_t>(rest << 1 | result >> 15);
        result = static_cast<uint16_t>(result << 1);
        if (carry || rest >= divisor) {
            rest = static_cast<uint16_t>(rest - divisor);
            ++result;
        }
    }
    return result;
}

// A part of `value`, which is not negative: so many of 65536.
inline int32_t part(int32_t value, uint16_t of_65536) {
    const uint16_t high = static_cast<uint16_t>(value >> 16);
    const uint16_t low = static_cast<uint16_t>(value);
    return static_cast<int32_t>(static_cast<uint32_t>(high) * of_65536 + (static_cast<uint32_t>(low) * of_65536 >> 16));
}

}  // namespace fixed
