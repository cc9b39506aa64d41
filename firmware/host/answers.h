// What has to be said to a frame, and what it changes: sections 3, 4 and 7 once more.
#pragma once

#include <string>

#include "reader.h"
#include "words.h"

namespace answers {

// The name of an error of section 7.
const char* error_name(int code);

// Whether its SEQ can be trusted: if not it is rejected, not answered.
bool has_seq(const reader::Item& item);

// The line that is due, `?` where any word will do. Where a stop byte came in this very turn, the motion may have been before it or
// behind: there `heard` decides.
std::string answer(const reader::Item& item, const words::Words& heard);

}  // namespace answers
