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

}  // namespace fixed
