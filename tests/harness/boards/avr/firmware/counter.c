// Counts the edges of both encoders in one interrupt; 'p' prints the counts, 'g' drives both motors, 's' shorts them.
#include "uno.h"

static volatile int16_t counts_a, counts_b;
static volatile uint8_t before;

static int8_t step(uint8_t old_a, uint8_t old_b, uint8_t a, uint8_t b) {
    if (!old_a == !a && !old_b == !b) {
        return 0;
    }
    return !old_a == !b ? 1 : -1;
}

ISR(PCINT2_vect) {
    const uint8_t now = PIND;
    counts_a += step(before & 1 << PD4, before & 1 << PD5, now & 1 << PD4, now & 1 << PD5);
    counts_b += step(before & 1 << PD6, before & 1 << PD7, now & 1 << PD6, now & 1 << PD7);
    before = now;
}

static void print(int16_t counts) {
    say_hex((uint16_t)counts >> 8);
    say_hex(counts);
}

ISR(USART_RX_vect) {
    switch (UDR0) {
        case 'g': PORTB = 1 << PB4; TCCR2A |= 1 << COM2A1 | 1 << COM2B1; break;  // a forward, b reverse
        case 's': PORTB = 1 << PB0 | 1 << PB1; break;
        case 'p': print(counts_a); print(counts_b); break;
    }
}

int main(void) {
    DDRB = 1 << PB0 | 1 << PB1 | 1 << PB3 | 1 << PB4 | 1 << PB5;
    DDRD = 1 << PD3;
    OCR2A = OCR2B = 255;
    TCCR2A = 1 << WGM20;
    TCCR2B = 1 << CS21;
    before = PIND;
    PCMSK2 = 1 << PD4 | 1 << PD5 | 1 << PD6 | 1 << PD7;
    PCICR = 1 << PCIE2;
    begin_line();
    UCSR0B |= 1 << RXCIE0;
    sei();
    for (;;) {
        sleep_mode();
    }
}
