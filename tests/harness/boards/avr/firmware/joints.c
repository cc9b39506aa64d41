// Steps the joints of the CNC shield as each byte asks for; 'g' steps all three in an interrupt, 'x' ends that.
#include "uno.h"

#define STEPS (1 << PD2 | 1 << PD3 | 1 << PD4)
#define LIMITS (1 << PB1 | 1 << PB2 | 1 << PB3)

ISR(TIMER1_COMPA_vect) {
    PORTD |= STEPS;
    for (uint8_t i = 0; i < 10; i++) {
        __asm__ __volatile__("nop");
    }
    PORTD &= ~STEPS;
}

ISR(USART_RX_vect) {
    switch (UDR0) {
        case 'e': PORTB &= ~(1 << PB0); break;                                    // drivers on
        case 'd': PORTB |= 1 << PB0; break;                                       //         off
        case 'f': PORTD |= 1 << PD5; break;                                       // a: forward
        case 'r': PORTD &= ~(1 << PD5); break;                                    //    backward
        case 's': PORTD |= 1 << PD2; __builtin_avr_delay_cycles(32); PORTD &= ~(1 << PD2); break;   // one step
        case 't': PIND = 1 << PD2; __builtin_avr_delay_cycles(32); PIND = 1 << PD2; break;          // one by toggling
        case '5':                                                                 // five, 400 us apart
            for (uint8_t i = 0; i < 5; i++) {
                PORTD |= 1 << PD2;
                __builtin_avr_delay_cycles(32);
                PORTD &= ~(1 << PD2);
                __builtin_avr_delay_cycles(6400 - 32);
            }
            break;
        case 'g': TCNT1 = 0; TIMSK1 = 1 << OCIE1A; break;
        case 'G': OCR1A = 1999; break;                                            // 1 kHz from now on
        case 'x': TIMSK1 = 0; break;
        case 'p': PORTB &= ~LIMITS; break;                                        // no pull-ups
        case 'l': say_hex(PINB & LIMITS); break;
    }
}

int main(void) {
    PORTB = 1 << PB0 | LIMITS;  // before it is an output: the drivers are never on for a moment
    DDRB = 1 << PB0;
    DDRD = STEPS | 1 << PD5 | 1 << PD6 | 1 << PD7;
    PORTD = 1 << PD6;  // a and c backward, b forward
    TCCR1B = 1 << WGM12 | 1 << CS11;
    OCR1A = 599;  // 3333 Hz
    begin_line();
    UCSR0B |= 1 << RXCIE0;
    sei();
    for (;;) {
        sleep_mode();
    }
}
