// Says why it was reset; 'w' starts the watchdog and hangs, 'j' jumps to address 0; other bytes crash it in several ways.
#include "uno.h"

static uint8_t kept __attribute__((section(".noinit")));

int main(void) {
    const uint8_t why = MCUSR;
    MCUSR = 0;
    wdt_disable();
    DDRB = 1 << PB5;
    PORTB = 1 << PB5;
    begin_line();
    say('R');
    say_hex(why);
    say_hex(kept);
    kept = 0x42;
    for (;;) {
        switch (hear()) {
            case 'w': wdt_enable(WDTO_15MS); cli(); for (;;) {}
            case 'j': ((void (*)(void))0x3f00)();  // nothing is programmed there
            case 'i': __asm__ volatile(".word 0x9404"); break;  // not an instruction
            case 'p': SP = 0x10; __asm__ volatile("pop r24\n pop r24\n ret"); break;
            case 'd': DDRD |= 1 << PD4; PORTD |= 1 << PD4; break;  // against the encoder
            case 'z': UDR0 = 'z'; break;
        }
    }
}
