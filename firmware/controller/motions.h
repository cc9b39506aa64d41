// What begins or prolongs a motion: the checks of section 7 from `overtaken` on, then the answer, then the motion.
#pragma once

#include "command.h"
#include "protocol.h"

namespace motions {

// Uses the number of a motion up, accepted or not; false if it was not newer.
bool use_up(const command::Command& command);

// Answers and carries out, or says why not. `fresh`: what `use_up` said.
protocol::Error begin(const command::Command& command, bool fresh);
protocol::Error via(const command::Command& command);

}  // namespace motions
