// Tables in flash, on a chip that has a separate address space for it and on a host that has not.
#pragma once

#include <stdint.h>

#if defined(__AVR__)
#include <avr/pgmspace.h>
#else
#define PROGMEM
inline uint8_t pgm_read_byte(const void* at) { return *static_cast<const uint8_t*>(at); }
inline uint32_t pgm_read_dword(const uint32_t* at) { return *at; }
#endif

namespace flash {

// One character of a text in flash.
inline char character(const char* at) { return static_cast<char>(pgm_read_byte(at)); }

}  // namespace flash
