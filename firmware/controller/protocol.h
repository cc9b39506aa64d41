// What host and board both know: words, numbers and the states of an axis. PROTOCOL.md is the law; a test compares.
#pragma once

#include <stdint.h>

namespace protocol {

constexpr int32_t kVersion = 1;
constexpr uint32_t kBaud = 115200;
constexpr uint8_t kMaxFrameBytes = 64;  // host to board, from ':' to LF, both counted
constexpr int32_t kMinLeaseMs = 50;
constexpr int32_t kMaxLeaseMs = 2000;
constexpr uint8_t kStandstillMs = 20;
constexpr uint8_t kMaxLines = 8;     // of a coordinated motion, the one under way counted
constexpr uint8_t kMaxValues = 6;    // integers that a verb takes

enum class Verb : uint8_t {
    hello, limits, state, stats, move, go_to, spin, power, line, via, home, keep, stop, halt, zero, clear, range, count
};
enum class State : uint8_t { idle, moving, stopping, holding, faulted, count };
enum class Happening : uint8_t { motion, arrived, stop, standstill, standstill_hold, fault, clear, count };
enum class Cause : uint8_t { none, arrived, byte, stop, halt, lease, superseded, hello, fault, count };
enum class Event : uint8_t { boot, started, arrived, stopping, stopped, passed, fault, reject, count };
enum class BootCause : uint8_t { power, external, brownout, watchdog, software, count };
enum class Fault : uint8_t { none, stall, tracking, limit, home, count };
enum class Error : uint8_t {
    none, bad_frame, bad_checksum, unknown_verb, bad_argument, unknown_axis, limit, stale_motion, no_session, overtaken,
    busy, faulted, too_long, not_running, version, unable, count
};
enum class Category : uint8_t { remove_power, ramp_then_remove, ramp_then_hold, count };

// Names as on the wire, in flash.
const char* name(Verb verb);  // the next one's is behind its zero
const char* name(State state);
const char* name(Cause cause);
const char* name(Event event);
const char* name(BootCause cause);
const char* name(Fault fault);
const char* name(Error error);

// The kinds of a verb's arguments, in flash, in their order: 'a' an axis, 'm' a motion from 1 on, 'n' a motion or 0,
// 'c' a category, 'i' any integer.
const char* signature(Verb verb);

bool is_motion(Verb verb);
bool needs_session(Verb verb);

// Whether a stop byte behind it, before it was carried out, refuses it.
inline bool can_be_overtaken(Verb verb) { return is_motion(verb) || verb == Verb::via; }

// The state after `happening`. False, and nothing changed, if the table of section 6 has no row for the pair.
bool enter(State& state, Happening happening);

// Whether a board whose axis has seen motion `newest` accepts `motion`.
inline bool is_newer(uint16_t motion, uint16_t newest) {
    const uint16_t ahead = static_cast<uint16_t>(motion - newest);
    return ahead >= 1 && ahead <= 32767;
}

}  // namespace protocol
