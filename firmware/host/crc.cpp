// Prints the firmware's checksum of standard input.

#include <stdio.h>

#include "../controller/crc16.h"

int main() {
    uint16_t crc = crc16::kStart;
    for (int next = getchar(); next != EOF; next = getchar()) {
        crc = crc16::next(crc, static_cast<uint8_t>(next));
    }
    printf("%04x\n", crc);
    return 0;
}
