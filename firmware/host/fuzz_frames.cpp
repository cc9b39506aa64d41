// Sealed frames with arguments from the input, whole or spoilt: what random bytes never get to, for want of a checksum.

#include <fuzzer/FuzzedDataProvider.h>
#include <stddef.h>

#include "law.h"

namespace {

const char* const kVerbs[] = {"hello", "limits", "state", "stats", "move", "goto", "spin",
                              "power", "keep",   "stop",  "halt",  "zero", "clear", "range", "line", "via", "home", "fly"};
const char* const kForms[] = {"v",  "a",   "a", "",   "amlww", "amlww",    "amls",  "amld", "am",
                              "amc", "c", "aw", "a", "a",     "mlwwwww", "mwwww", "amlw", "a"};
constexpr int kLastVerb = sizeof kVerbs / sizeof kVerbs[0] - 1;

std::string argument(char kind, FuzzedDataProvider& input) {
    static const int32_t kEdges[] = {0, 1, -1, 49, 50, 2000, 2001, 10133, 10134, 3200000, 3200001, 2147483647, -2147483647 - 1};
    if (input.ConsumeIntegralInRange<int>(0, 7) == 0) {
        return std::to_string(input.PickValueInArray(kEdges));
    }
    switch (kind) {
        case 'a':
            return std::string(1, static_cast<char>('a' + input.ConsumeIntegralInRange<int>(0, 2)));
        case 'm':
            return std::to_string(input.ConsumeIntegralInRange<int>(0, 40));
        case 'l':
            return std::to_string(input.ConsumeIntegralInRange<int>(40, 400));
        case 'c':
            return std::to_string(input.ConsumeIntegralInRange<int>(0, 3));
        case 'v':
            return "1";
        case 'd':
            return std::to_string(input.ConsumeIntegralInRange<int>(-1001, 1001));
        case 's':
            return std::to_string(input.ConsumeIntegralInRange<int>(-10134, 10134));
        default:
            return std::to_string(input.ConsumeIntegralInRange<int>(-4000, 10000));
    }
}

std::string frame(FuzzedDataProvider& input) {
    const int verb = input.ConsumeIntegralInRange<int>(0, kLastVerb);
    std::string words = std::to_string(input.ConsumeIntegralInRange<int>(0, 256)) + " " + kVerbs[verb];
    for (const char* kind = kForms[verb]; *kind != '\0'; ++kind) {
        words += " " + argument(*kind, input);
    }
    return law::sealed(words);
}

// Most stay whole; others get a byte changed, put in, or taken out, or lose their end.
std::string spoilt(std::string text, FuzzedDataProvider& input) {
    const size_t at = input.ConsumeIntegralInRange<size_t>(0, text.size() - 1);
    static const char kAmid[] = {'!', 'A', 'B', 'C', '?', ':', '\n', '\r', 'I', ' ', '*', '0'};
    switch (input.ConsumeIntegralInRange<int>(0, 11)) {
        case 0:
            text[at] = static_cast<char>(text[at] ^ 1 << input.ConsumeIntegralInRange<int>(0, 7));
            break;
        case 1:
            text.insert(at, 1, input.PickValueInArray(kAmid));
            break;
        case 2:
            text.erase(at, 1);
            break;
        case 3:
            text.resize(at);
            break;
        default:
            break;
    }
    return text;
}

// What goes on beside the frames.
void happen(FuzzedDataProvider& input) {
    static const char* const kBytes[] = {"!", "A", "B", "H", "?"};
    const unsigned long some = input.ConsumeIntegral<uint8_t>();
    switch (input.ConsumeIntegralInRange<int>(0, 15)) {
        case 0:
            law::receive_amid(some, input.PickValueInArray(kBytes));
            break;
        case 1:
            law::receive_amid(some, frame(input));
            break;
        case 2:
            law::receive(input.PickValueInArray(kBytes));
            break;
        case 3:
            law::touch(static_cast<uint8_t>(some));
            break;
        case 4:
            law::starve(some & 0x7f);
            break;
        case 5:
            law::pass(some * 2);
            break;
        case 6:
            for (unsigned long left = some & 0x3f; left > 0; --left) {  // more than the line can answer
                law::receive(input.PickValueInArray(kBytes));
                law::pass(1);
            }
            break;
        case 7:
            break;  // the next frame comes before the main loop runs
        default:
            law::pass(some & 0x0f);
            break;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    FuzzedDataProvider input(data, size);
    law::begin();
    if (input.ConsumeBool()) {
        law::receive(law::sealed("1 hello 1"));
        law::pass(20);
    }
    while (input.remaining_bytes() > 0) {
        law::receive(spoilt(frame(input), input));
        happen(input);
    }
    law::must_still_work();
    return 0;
}
