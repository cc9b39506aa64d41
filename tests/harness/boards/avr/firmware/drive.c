// Does with the shield what each byte asks for.
#include "uno.h"

int main(void) {
    PORTB = 1 << PB0 | 1 << PB1;
    DDRB = 1 << PB0 | 1 << PB1 | 1 << PB3 | 1 << PB4 | 1 << PB5;
    DDRD = 1 << PD3;
    TCCR2A = 1 << WGM20;
    TCCR2B = 1 << CS21;
    begin_line();
    for (;;) {
        switch (hear()) {
            case 'f': PORTB |= 1 << PB4; break;           // a: forward
            case 'r': PORTB &= ~(1 << PB4); break;        //    reverse
            case 'B': PORTB |= 1 << PB1; break;           //    brake
            case 'b': PORTB &= ~(1 << PB1); break;        //    no brake
            case 'h': OCR2B = 128; break;                 //    half duty
            case 'l': OCR2B = 51; break;                  //    a fifth
            case 'C': TCCR2A |= 1 << COM2B1; break;       //    timer to pin
            case 'c': TCCR2A &= ~(1 << COM2B1); break;    //    port bit to pin
            case 'E': PORTD |= 1 << PD3; break;           //    port bit high
            case 'e': PORTD &= ~(1 << PD3); break;        //    port bit low
            case '2': OCR2A = 255; TCCR2A |= 1 << COM2A1; PORTB |= 1 << PB5; PORTB &= ~(1 << PB0); break;  // b: full
        }
    }
}
