#include "protocol.h"

#include "flash.h"

namespace protocol {
namespace {

// Names in the order of their enums, each ended by a zero.
const char kVerbs[] PROGMEM = "hello\0limits\0state\0stats\0move\0goto\0spin\0power\0line\0via\0home\0keep\0stop\0halt\0zero\0clear\0range";
const char kSignatures[] PROGMEM = "i\0a\0a\0\0amiii\0amiii\0amii\0amii\0miiiiii\0miiii\0amii\0am\0anc\0c\0ai\0a\0a";
const char kStates[] PROGMEM = "idle\0moving\0stopping\0holding\0faulted";
const char kCauses[] PROGMEM = "none\0arrived\0byte\0stop\0halt\0lease\0superseded\0hello\0fault";
const char kEvents[] PROGMEM = "boot\0started\0arrived\0stopping\0stopped\0passed\0fault\0reject";
const char kBootCauses[] PROGMEM = "power\0external\0brownout\0watchdog\0software";
const char kFaults[] PROGMEM = "none\0stall\0tracking\0limit\0home";
const char kErrors[] PROGMEM =
    "none\0bad-frame\0bad-checksum\0unknown-verb\0bad-argument\0unknown-axis\0limit\0stale-motion\0no-session\0overtaken\0"
    "busy\0faulted\0too-long\0not-running\0version\0unable";

constexpr uint8_t kIllegal = 0xff;
constexpr uint8_t row(State state) { return static_cast<uint8_t>(state); }
constexpr uint8_t kIdle = row(State::idle);
constexpr uint8_t kMoving = row(State::moving);
constexpr uint8_t kStopping = row(State::stopping);
constexpr uint8_t kHolding = row(State::holding);
constexpr uint8_t kFaulted = row(State::faulted);

const uint8_t kNext[][static_cast<uint8_t>(Happening::count)] PROGMEM = {
    // motion, arrived, stop, standstill, standstill_hold, fault, clear
    {kMoving, kIllegal, kIdle, kIllegal, kIllegal, kIllegal, kIdle},          // idle
    {kMoving, kIdle, kStopping, kIllegal, kIllegal, kFaulted, kIllegal},      // moving
    {kMoving, kIllegal, kStopping, kIdle, kHolding, kFaulted, kIllegal},      // stopping
    {kMoving, kIllegal, kStopping, kIllegal, kIllegal, kFaulted, kIllegal},   // holding
    {kIllegal, kIllegal, kFaulted, kIllegal, kIllegal, kIllegal, kIdle},      // faulted
};
static_assert(sizeof kNext / sizeof kNext[0] == static_cast<uint8_t>(State::count), "one row for each state");

template <typename Word>
const char* at(const char* table, Word word) {
    for (uint8_t skip = static_cast<uint8_t>(word); skip > 0; --skip) {
        while (flash::character(table++) != '\0') {
        }
    }
    return table;
}

}  // namespace

const char* name(Verb verb) { return at(kVerbs, verb); }
const char* name(State state) { return at(kStates, state); }
const char* name(Cause cause) { return at(kCauses, cause); }
const char* name(Event event) { return at(kEvents, event); }
const char* name(BootCause cause) { return at(kBootCauses, cause); }
const char* name(Fault fault) { return at(kFaults, fault); }
const char* name(Error error) { return at(kErrors, error); }

const char* signature(Verb verb) { return at(kSignatures, verb); }

bool is_motion(Verb verb) { return (verb >= Verb::move && verb <= Verb::line) || verb == Verb::home; }

bool needs_session(Verb verb) {
    return is_motion(verb) || verb == Verb::via || verb == Verb::keep || verb == Verb::zero || verb == Verb::clear;
}

bool enter(State& state, Happening happening) {
    const uint8_t next = pgm_read_byte(&kNext[static_cast<uint8_t>(state)][static_cast<uint8_t>(happening)]);
    if (next == kIllegal) {
        return false;
    }
    state = static_cast<State>(next);
    return true;
}

}  // namespace protocol
