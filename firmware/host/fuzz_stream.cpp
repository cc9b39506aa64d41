// Any bytes whatever. Some say what happens instead of arriving themselves:
//
// 0xf1 to 0xff  1 to 15 control periods pass
// 0xf0          the main loop runs
// 0xef N B      the byte B arrives amid the main loop's work, N of its looks at the hardware from now
// 0xee N        up to 127 control periods pass while the main loop does not run
// 0xed N        shafts are held and let go, or turned by hand

#include <stddef.h>

#include "host.h"
#include "law.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    law::begin();
    for (size_t i = 0; i < size; ++i) {
        const uint8_t byte = data[i];
        if (byte > 0xf0) {
            law::pass(byte - 0xf0U);
        } else if (byte == 0xf0) {
            law::run();
        } else if (byte == 0xef && i + 2 < size) {
            law::receive_amid(data[i + 1], std::string(1, static_cast<char>(data[i + 2])));
            i += 2;
        } else if (byte == 0xee && i + 1 < size) {
            law::starve(data[++i] & 0x7f);
        } else if (byte == 0xed && i + 1 < size) {
            law::touch(data[++i]);
        } else {
            law::receive(std::string(1, static_cast<char>(byte)));
        }
    }
    law::must_still_work();
    return 0;
}
