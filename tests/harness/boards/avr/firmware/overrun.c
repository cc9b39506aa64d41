// Waits 2 ms after each 'x' with the received bytes left where they are, then prints each: status, byte.
#include "uno.h"

int main(void) {
    begin_line();
    for (;;) {
        if (hear() != 'x') {
            continue;
        }
        for (volatile uint16_t i = 0; i < 3000; ++i) {
        }
        while (UCSR0A & 1 << RXC0) {
            const uint8_t status = UCSR0A;
            say_hex(status & (1 << DOR0 | 1 << FE0));
            say(UDR0);
        }
        say('\n');
    }
}
