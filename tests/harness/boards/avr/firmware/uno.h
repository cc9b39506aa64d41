// What the test programs share: the line at 117,647 baud, as Arduino has it, and a way to print.
#pragma once

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>

static inline void begin_line(void) {
    UBRR0 = 16;
    UCSR0A = 1 << U2X0;
    UCSR0B = 1 << RXEN0 | 1 << TXEN0;
}

static inline void say(char byte) {
    while (!(UCSR0A & 1 << UDRE0)) {
    }
    UDR0 = byte;
}

static inline void say_hex(uint8_t byte) {
    const char digits[] = "0123456789abcdef";
    say(digits[byte >> 4]);
    say(digits[byte & 15]);
}

static inline char hear(void) {
    while (!(UCSR0A & 1 << RXC0)) {
    }
    return UDR0;
}
