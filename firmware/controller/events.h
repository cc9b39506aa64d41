// The lines that a host has not asked for, numbered so that it notices a lost one.
#pragma once

#include <stdint.h>

#include "protocol.h"

namespace events {

// The longest is `stopped` of a motion that was superseded.
constexpr uint8_t kMaxBytes = 50;

// After a reset: numbers from 0 on; tells it, behind a line end of its own.
void boot(protocol::BootCause cause);

void plain(protocol::Event event, uint8_t axis, uint16_t motion, int32_t position);
void with_cause(protocol::Event event, uint8_t axis, uint16_t motion, protocol::Cause cause, int32_t position);
void stopping(uint8_t axis, uint16_t motion, protocol::Cause cause, protocol::Category category, int32_t position);
void fault(uint8_t axis, uint16_t motion, protocol::Fault fault, int32_t position);
void reject(protocol::Error error);

}  // namespace events
