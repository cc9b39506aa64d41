// Prints what the firmware knows of the protocol as JSON, for a test that compares it with the host's side.

#include <stdio.h>

#include "../controller/build.h"
#include "../controller/config.h"
#include "../controller/line.h"
#include "../controller/protocol.h"

namespace {

template <typename Word>
void names(const char* title, uint8_t first) {
    printf("\"%s\": [", title);
    for (uint8_t i = first; i < static_cast<uint8_t>(Word::count); ++i) {
        printf("%s\"%s\"", i > first ? ", " : "", protocol::name(static_cast<Word>(i)));
    }
    printf("],\n");
}

void verbs() {
    printf("\"signatures\": {");
    for (uint8_t i = 0; i < static_cast<uint8_t>(protocol::Verb::count); ++i) {
        const protocol::Verb verb = static_cast<protocol::Verb>(i);
        printf("%s\"%s\": [\"%s\", %s, %s]", i > 0 ? ", " : "", protocol::name(verb), protocol::signature(verb),
               protocol::needs_session(verb) ? "true" : "false", protocol::is_motion(verb) ? "true" : "false");
    }
    printf("},\n");
}

void transitions() {
    static const char* const kHappenings[] = {"motion", "arrived", "stop", "standstill", "standstill-hold", "fault", "clear"};
    printf("\"transitions\": [");
    const char* separator = "";
    for (uint8_t i = 0; i < static_cast<uint8_t>(protocol::State::count); ++i) {
        for (uint8_t j = 0; j < static_cast<uint8_t>(protocol::Happening::count); ++j) {
            protocol::State state = static_cast<protocol::State>(i);
            if (protocol::enter(state, static_cast<protocol::Happening>(j))) {
                printf("%s[\"%s\", \"%s\", \"%s\"]", separator, protocol::name(static_cast<protocol::State>(i)),
                       kHappenings[j], protocol::name(state));
                separator = ", ";
            }
        }
    }
    printf("],\n");
}

#if defined(DEADSTOP_ARM)
void figures() {
    printf("\"ranges\": [");
    for (uint8_t i = 0; i < config::kAxes; ++i) {
        printf("%s[%d, %d]", i > 0 ? ", " : "", config::kLeastCounts[i], config::kMostCounts[i]);
    }
    printf("], \"jump_cps\": %d, \"home_back_cps\": %d,\n", static_cast<int>(config::kJumpCps), static_cast<int>(config::kHomeBackCps));
}
#else
void figures() {
    printf("\"stall_ms\": %u, \"tracking_counts\": %d,\n", config::kStallTicks * 1000U / config::kTicksPerSecond,
           static_cast<int>(config::kTrackingCounts));
}
#endif

}  // namespace

int main() {
    printf("{\n");
    verbs();
    transitions();
    names<protocol::State>("states", 0);
    names<protocol::Cause>("causes", 0);
    names<protocol::Event>("events", 0);
    names<protocol::BootCause>("boot_causes", 0);
    names<protocol::Fault>("faults", 1);
    names<protocol::Error>("errors", 1);
    printf("\"board\": \"%s\", \"lines\": %u, ", config::kBoard, protocol::kMaxLines);
    printf("\"version\": %d, \"baud\": %u, \"frame_bytes\": %u, \"line_bytes\": %u,\n", static_cast<int>(protocol::kVersion),
           static_cast<unsigned>(protocol::kBaud), protocol::kMaxFrameBytes, line::kMaxBytes);
    printf("\"lease_ms\": [%d, %d], \"standstill_ms\": %u, \"categories\": %u,\n", static_cast<int>(protocol::kMinLeaseMs),
           static_cast<int>(protocol::kMaxLeaseMs), protocol::kStandstillMs, static_cast<unsigned>(protocol::Category::count));
    figures();
    printf("\"limits\": [%d, %d, %d], \"counts_per_rev\": %d, \"axes\": %u, \"build\": \"%s\"\n}\n",
           static_cast<int>(config::kMaxSpeedCps), static_cast<int>(config::kAccelCps2), static_cast<int>(config::kMaxMoveCounts),
           static_cast<int>(config::kCountsPerRev), config::kAxes, build::name());
    return 0;
}
