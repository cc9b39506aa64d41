// Sends each byte back from the receive interrupt, and marks that moment with an edge on D13 (PB5).
#include "uno.h"

ISR(USART_RX_vect) {
    PINB = 1 << PB5;
    UDR0 = UDR0;
}

int main(void) {
    DDRB = 1 << PB5;
    begin_line();
    UCSR0B |= 1 << RXCIE0;
    sei();
    for (;;) {
        sleep_mode();
    }
}
