#if defined(__AVR__)  // on a host, something else stands in for it

#include "hardware.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>
#include <util/atomic.h>

#include "config.h"
#include "pins.h"

#if !defined(__AVR_ATmega328P__) && !defined(__AVR_ATmega328__)
#error "the controller is for an Arduino Uno or Nano (ATmega328P)"
#endif
#if F_CPU != 16000000UL
#error "the controller needs a clock of 16 MHz: its timers and its line speed are made from it"
#endif

namespace {

using pins::AxisA;
using pins::AxisB;
using protocol::BootCause;

// Timer 1 counts every 64th cycle, and goes round in 262 ms: the main loop can tell what it is behind by up to half of that, and
// the watchdog strikes before.
constexpr uint16_t kTimerPerTick = F_CPU / 64 / config::kTicksPerSecond;
static_assert(F_CPU % (64UL * config::kTicksPerSecond) == 0, "a tick has to be whole");
constexpr uint16_t kBaudDivisor = F_CPU / 8 / protocol::kBaud - 1;       // 16: 117,647 baud, 2.1 % fast, as Arduino has it
constexpr uint8_t kListening = 1 << RXEN0 | 1 << TXEN0 | 1 << RXCIE0;
constexpr uint8_t kSending = kListening | 1 << UDRIE0;

constexpr uint8_t kReceived = 128;  // room for two whole frames
static_assert(kReceived >= 2 * protocol::kMaxFrameBytes, "PROTOCOL.md, section 2");

// Shared with interrupts. What is wider than a byte is read in an ATOMIC_BLOCK.
volatile uint8_t stops_;              // axes that a stop byte came for; set by an interrupt, taken by the main loop
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
volatile uint16_t counts_a_;
volatile uint16_t counts_b_;
uint8_t encoders_;                    // the interrupt's own

uint16_t next_tick_;  // of timer 1

uint8_t reset_flags_ __attribute__((section(".noinit")));

}  // namespace

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

// Takes 32 cycles to where the drive is off, 60 to 90 in all; a byte takes 1360.
ISR(USART_RX_vect) {
    const uint8_t status = UCSR0A;
    uint8_t byte = UDR0;
    uint8_t hit = 0;
    if (byte == '!') {
        hit = pins::kAllBits;
    } else if (byte >= 'A' && byte <= 'H') {
        hit = byte == 'A' ? AxisA::kBit : byte == 'B' ? AxisB::kBit : pins::kAllBits;
    }
    if (hit != 0) {
        // Even with a broken stop bit: the worst that noise can do is stop a motor.
        uint8_t compare = 0;
        if (hit & AxisA::kBit) {
            PORTB |= AxisA::kBrake;
            compare = AxisA::kCompare;
        }
        if (hit & AxisB::kBit) {
            PORTB |= AxisB::kBrake;
            compare |= AxisB::kCompare;
        }
        TCCR2A &= static_cast<uint8_t>(~compare);
        stops_ |= hit;
        stopped_ |= hit;
        if (hit & AxisA::kBit) {
            stopped_at_[0] = received_count_;
        }
        if (hit & AxisB::kBit) {
            stopped_at_[1] = received_count_;
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

ISR(PCINT2_vect, ISR_NAKED) {
    __asm__ volatile(
        "push r24\n\t"
        "ldi r24, 0\n\t"
        "sts %[control], r24\n\t"
        "pop r24\n\t"
        "sei\n\t"
        "jmp __vector_count_edge"
        :
        : [control] "n"(_SFR_MEM_ADDR(PCICR)));
}

extern "C" void __vector_count_edge() __attribute__((signal, used, externally_visible));
extern "C" void __vector_count_edge() {
    const uint8_t now = PIND;
    const uint8_t before = encoders_;
    const uint8_t changed = now ^ before;
    encoders_ = now;
    // One line changed: forward if A was as B is now. Both changed: an edge was missed, and its direction is unknown.
    const bool a_line = changed & pins::kEncoderA_A;
    const bool b_line = changed & pins::kEncoderA_B;
    if (a_line != b_line) {
        const bool forward = static_cast<bool>(before & pins::kEncoderA_A) == static_cast<bool>(now & pins::kEncoderA_B);
        counts_a_ = forward ? counts_a_ + 1 : counts_a_ - 1;
    }
    const bool a_line_b = changed & pins::kEncoderB_A;
    const bool b_line_b = changed & pins::kEncoderB_B;
    if (a_line_b != b_line_b) {
        const bool forward = static_cast<bool>(before & pins::kEncoderB_A) == static_cast<bool>(now & pins::kEncoderB_B);
        counts_b_ = forward ? counts_b_ + 1 : counts_b_ - 1;
    }
    cli();
    PCICR = 1 << PCIE2;  // an edge that came meanwhile is pending, and is served next
}

// Only wakes the main loop, which reads the timer itself.
EMPTY_INTERRUPT(TIMER1_COMPA_vect)

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

bool is_tick_due() { return static_cast<int16_t>(TCNT1 - next_tick_) >= 0; }

template <typename Axis>
void turn_off() {
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        PORTB |= Axis::kBrake;
        TCCR2A &= static_cast<uint8_t>(~Axis::kCompare);
    }
    Axis::set_duty(0);  // the register is read at the PWM's next turn: a later start must not begin with this drive's duty
}

template <typename Axis>
void turn_on(uint8_t of_255, bool forward) {
    Axis::set_duty(of_255);
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        if (!(stops_ & Axis::kBit)) {
            if (forward) {
                PORTB |= Axis::kDirection;
            } else {
                PORTB &= static_cast<uint8_t>(~Axis::kDirection);
            }
            TCCR2A |= Axis::kCompare;
            PORTB &= static_cast<uint8_t>(~Axis::kBrake);
        }
    }
}

template <typename Axis>
void set_drive(int16_t permille) {
    if (permille == 0) {
        turn_off<Axis>();
        return;
    }
    const uint16_t size = static_cast<uint16_t>(permille < 0 ? -permille : permille);
    const uint8_t of_255 = static_cast<uint8_t>((static_cast<uint32_t>(size) * 261 + 261) >> 10);  // 255 of 1000, at least 1
    turn_on<Axis>(of_255 > 0 ? of_255 : 1, permille > 0);
}

}  // namespace

void begin() {
    wdt_enable(WDTO_120MS);
    // Brake first, then enable: no pin ever drives a motor on the way.
    PORTB = AxisA::kBrake | AxisB::kBrake;
    DDRB = pins::kPortB;
    PORTB |= pins::kPwmPortB;
    PORTD = pins::kPwmPortD | pins::kEncoders;  // encoders with pull-ups: many have open collectors
    DDRD = pins::kPwmPortD;

    TIMSK0 = 0;  // the Arduino core's millisecond clock: not needed, and its interrupt takes its time
    TCCR2A = 1 << WGM20;  // phase-correct PWM, 3.9 kHz; no pin connected
    TCCR2B = 1 << CS21;
    TIMSK2 = 0;
    TCCR1A = 0;
    TCCR1B = 1 << CS11 | 1 << CS10;  // free running at 250 kHz
    next_tick_ = static_cast<uint16_t>(TCNT1 + kTimerPerTick);
    OCR1A = next_tick_;
    TIFR1 = 1 << OCF1A;
    TIMSK1 = 1 << OCIE1A;

    encoders_ = PIND;
    PCMSK2 = pins::kEncoders;
    PCICR = 1 << PCIE2;

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

uint8_t take_ticks() {
    uint8_t ticks = 0;
    while (is_tick_due()) {
        next_tick_ = static_cast<uint16_t>(next_tick_ + kTimerPerTick);
        ++ticks;
    }
    OCR1A = next_tick_;
    return ticks;
}

void feed_watchdog() { wdt_reset(); }

void idle(uint8_t room_needed) {
    cli();
    const bool has_room = room_bytes() >= room_needed;  // if not, the next byte that leaves wakes the main loop
    const bool busy = is_tick_due() || (has_room && (stops_ != 0 || query_ || received_count_ != taken_count_));
    if (busy) {
        sei();
        return;
    }
    sleep_enable();
    sei();  // takes effect after the next instruction: no interrupt is missed
    sleep_cpu();
    sleep_disable();
}

void drive(uint8_t axis, int16_t permille) {
    if (axis == 0) {
        set_drive<AxisA>(permille);
    } else {
        set_drive<AxisB>(permille);
    }
}

uint16_t counts(uint8_t axis) {
    uint16_t counts = 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) { counts = axis == 0 ? counts_a_ : counts_b_; }
    return counts;
}

uint8_t take_stops() {
    uint8_t stops = 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        stops = stops_;
        stops_ = 0;
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
