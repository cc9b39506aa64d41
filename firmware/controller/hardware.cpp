#if defined(__AVR__)  // on a host, something else stands in for it

#include "hardware.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>
#include <util/atomic.h>

#include "config.h"
#include "pins.h"
#include "shield.h"

#if !defined(__AVR_ATmega328P__) && !defined(__AVR_ATmega328__)
#error "the controller is for an Arduino Uno or Nano (ATmega328P)"
#endif
#if F_CPU != 16000000UL
#error "the controller needs a clock of 16 MHz: its timers and its line speed are made from it"
#endif

namespace {

using protocol::BootCause;

constexpr uint16_t kBaudDivisor = F_CPU / 8 / protocol::kBaud - 1;       // 16: 117,647 baud, 2.1 % fast, as Arduino has it
constexpr uint8_t kListening = 1 << RXEN0 | 1 << TXEN0 | 1 << RXCIE0;
constexpr uint8_t kSending = kListening | 1 << UDRIE0;

constexpr uint8_t kReceived = 128;  // room for two whole frames
static_assert(kReceived >= 2 * protocol::kMaxFrameBytes, "PROTOCOL.md, section 2");

// Shared with interrupts. What is wider than a byte is read in an ATOMIC_BLOCK.
volatile uint8_t stopped_;            // axes for which `stopped_at_` means something
volatile uint16_t stopped_at_[config::kAxes];  // how many bytes had come when the last stop byte did
volatile bool query_;
uint8_t received_[kReceived];
volatile uint16_t received_count_;    // written by the interrupt
volatile uint16_t taken_count_;       // written by the main loop
volatile uint16_t lost_;
volatile uint16_t overruns_;
uint8_t sending_[256];                // a byte's range: indices go round by themselves
volatile uint8_t send_head_;          // written by the main loop
volatile uint8_t send_tail_;          // written by the interrupt

uint8_t reset_flags_ __attribute__((section(".noinit")));

}  // namespace

volatile uint8_t shield::stops;

// Before anything else runs: after a watchdog reset the watchdog goes on, and would strike again within 15 ms.
extern "C" void keep_reset_flags() __attribute__((naked, used, section(".init3")));
extern "C" void keep_reset_flags() {
    // Optiboot clears MCUSR and leaves what it was in r2. (A naked function has no frame for a variable.)
    __asm__ volatile(
        "in r24, %[flags]\n\t"
        "tst r24\n\t"
        "brne 1f\n\t"
        "mov r24, r2\n\t"
        "1: sts %[kept], r24\n\t"
        "out %[flags], __zero_reg__"
        :
        : [flags] "I"(_SFR_IO_ADDR(MCUSR)), [kept] "i"(&reset_flags_)
        : "r24", "memory");
    wdt_disable();
}

// Interrupts. The stop byte has to cut the drive within 160 cycles (10 us), so every other interrupt lets the receiver's in
// after some 15 cycles: it masks itself, and goes on with interrupts enabled.

// Takes some 32 cycles to where the drive is off, at most 110 in all; a byte takes 1360.
ISR(USART_RX_vect) {
    const uint8_t status = UCSR0A;
    uint8_t byte = UDR0;
    const uint8_t hit = pins::axes_hit(byte);
    if (hit != 0) {
        // Even with a broken stop bit: the worst that noise can do is stop a motor.
        pins::cut(hit);
        shield::stops |= hit;
        stopped_ |= hit;
        const uint16_t count = received_count_;
        if (hit & 1 << 0) {
            stopped_at_[0] = count;
        }
        if (hit & 1 << 1) {
            stopped_at_[1] = count;
        }
        if (config::kAxes > 2 && hit & 1 << 2) {
            stopped_at_[config::kAxes - 1] = count;
        }
        return;
    }
    if (status & (1 << DOR0)) {
        if (overruns_ != 0xffff) {
            ++overruns_;
        }
    }
    if (status & (1 << FE0)) {
        byte = 0xff;  // foreign to every frame
        if (lost_ != 0xffff) {
            ++lost_;
        }
    }
    if (byte == '?') {
        query_ = true;
        return;
    }
    const uint16_t count = received_count_;
    if (static_cast<uint8_t>(count - taken_count_) < kReceived) {
        received_[count % kReceived] = byte;
        received_count_ = count + 1;
    } else if (lost_ != 0xffff) {
        ++lost_;
    }
}

ISR(USART_UDRE_vect, ISR_NAKED) {
    __asm__ volatile(
        "push r24\n\t"
        "ldi r24, %[listening]\n\t"
        "sts %[control], r24\n\t"
        "pop r24\n\t"
        "sei\n\t"
        "jmp __vector_send_byte"
        :
        : [listening] "n"(static_cast<uint8_t>(kListening)), [control] "n"(_SFR_MEM_ADDR(UCSR0B)));
}

extern "C" void __vector_send_byte() __attribute__((signal, used, externally_visible));
extern "C" void __vector_send_byte() {
    uint8_t tail = send_tail_;
    if (tail != send_head_) {
        UDR0 = sending_[tail++];
        send_tail_ = tail;
    }
    cli();
    if (tail != send_head_) {
        UCSR0B = kSending;
    }
}

namespace hardware {
namespace {

// Once so many bytes behind a stop byte have been taken, no frame is unfinished that began before it. Later its position would
// come round and seem new.
void forget_old_stops(uint16_t position) {
    for (uint8_t axis = 0; axis < config::kAxes; ++axis) {
        ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
            if (static_cast<int16_t>(position - stopped_at_[axis]) >= protocol::kMaxFrameBytes) {
                stopped_ &= static_cast<uint8_t>(~(1 << axis));
            }
        }
    }
}

}  // namespace

void begin() {
    wdt_enable(WDTO_120MS);
    TIMSK0 = 0;  // the Arduino core's millisecond clock: not needed, and its interrupt takes its time
    TIMSK2 = 0;
    shield::begin();

    UBRR0 = kBaudDivisor;
    UCSR0A = 1 << U2X0;
    UCSR0C = 1 << UCSZ01 | 1 << UCSZ00;  // 8N1
    UCSR0B = kListening;

    set_sleep_mode(SLEEP_MODE_IDLE);
    sei();
}

BootCause boot_cause() {
    // At power-up the other flags are not to be trusted.
    if (reset_flags_ & (1 << PORF)) {
        return BootCause::power;
    }
    if (reset_flags_ & (1 << BORF)) {
        return BootCause::brownout;
    }
    if (reset_flags_ & (1 << WDRF)) {
        return BootCause::watchdog;
    }
    return reset_flags_ & (1 << EXTRF) ? BootCause::external : BootCause::software;
}

void feed_watchdog() { wdt_reset(); }

void idle(uint8_t room_needed) {
    cli();
    const bool has_room = room_bytes() >= room_needed;  // if not, the next byte that leaves wakes the main loop
    const bool busy = pins::is_tick_due() || (has_room && (shield::stops != 0 || query_ || received_count_ != taken_count_));
    if (busy) {
        sei();
        return;
    }
    sleep_enable();
    sei();  // takes effect after the next instruction: no interrupt is missed
    sleep_cpu();
    sleep_disable();
}

uint8_t take_stops() {
    uint8_t stops = 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        stops = shield::stops;
        shield::stops = 0;
    }
    return stops;
}

bool stopped_since(uint8_t axis, uint16_t position) {
    bool since = false;
    const uint8_t bit = static_cast<uint8_t>(1 << axis);
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        since = (stopped_ & bit) && static_cast<int16_t>(stopped_at_[axis] - position) > 0;
    }
    return since;
}

bool take_query() {
    const bool asked = query_;
    if (asked) {
        query_ = false;
    }
    return asked;
}

bool take_byte(uint8_t& byte, uint16_t& position) {
    uint16_t count = 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) { count = received_count_; }
    position = taken_count_;
    if (position == count) {
        return false;
    }
    if (stopped_ != 0) {
        forget_old_stops(position);
    }
    byte = received_[position % kReceived];
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) { taken_count_ = static_cast<uint16_t>(position + 1); }
    return true;
}

uint16_t lost_bytes() {
    uint16_t lost = 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) { lost = lost_; }
    return lost;
}

uint16_t overruns() {
    uint16_t overruns = 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) { overruns = overruns_; }
    return overruns;
}

uint8_t room_bytes() { return static_cast<uint8_t>(send_tail_ - send_head_ - 1); }

void send(const char* text, uint8_t length) {
    uint8_t head = send_head_;
    while (length > 0) {
        sending_[head++] = static_cast<uint8_t>(*text++);
        --length;
    }
    send_head_ = head;
    UCSR0B = kSending;
}

}  // namespace hardware

#endif
