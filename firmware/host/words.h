// The words of a line, for the reference.
#pragma once

#include <stdint.h>

#include <string>
#include <vector>

namespace words {

using Words = std::vector<std::string>;

Words split(const std::string& text);

// Reads a decimal integer as section 2 has it; false if it is none.
bool read_integer(const std::string& word, int64_t& value);

bool within(int64_t value, int64_t least, int64_t most);

// Whether they are the expected ones, of which `?` fits any.
bool fit(const Words& expected, const Words& heard);

}  // namespace words
