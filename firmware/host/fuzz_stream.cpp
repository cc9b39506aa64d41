// Any bytes whatever. 0xf1 to 0xff let 1 to 15 control periods pass, 0xf0 lets the main loop run, all else arrives.

#include <stddef.h>

#include "law.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    law::begin();
    for (size_t i = 0; i < size; ++i) {
        if (data[i] == 0xf0) {
            law::run();
        } else if (data[i] > 0xf0) {
            law::pass(data[i] - 0xf0U);
        } else {
            law::receive(std::string(1, static_cast<char>(data[i])));
        }
    }
    law::must_still_work();
    return 0;
}
