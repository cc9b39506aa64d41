#include "config.h"

#if defined(__AVR__) && !defined(DEADSTOP_ARM)

#include "motor_shield.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#include "pins.h"
#include "shield.h"

namespace {

using pins::AxisA;
using pins::AxisB;

// Timer 1 counts every 64th cycle, and goes round in 262 ms: the main loop can tell what it is behind by up to half of that, and
// the watchdog strikes before.
constexpr uint16_t kTimerPerTick = F_CPU / 64 / config::kTicksPerSecond;
static_assert(F_CPU % (64UL * config::kTicksPerSecond) == 0, "a tick has to be whole");
constexpr uint32_t kTickUs = 1000000 / config::kTicksPerSecond;

// Shared with the interrupt. What is wider than a byte is read in an ATOMIC_BLOCK.
volatile uint16_t counts_a_;
volatile uint16_t counts_b_;
uint8_t encoders_;  // the interrupt's own

uint32_t ticked_us_;  // when the control period that was taken last had passed

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
        if (!(shield::stops & Axis::kBit)) {
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

uint16_t pins::next_tick;

// Only wakes the main loop, which reads the timer itself.
EMPTY_INTERRUPT(TIMER1_COMPA_vect)

// Like all interrupts but the receiver's it lets that one in after some 15 cycles: it masks itself, and goes on with interrupts
// enabled.
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

namespace shield {

void begin() {
    // Brake first, then enable: no pin ever drives a motor on the way.
    PORTB = AxisA::kBrake | AxisB::kBrake;
    DDRB = pins::kPortB;
    PORTB |= pins::kPwmPortB;
    PORTD = pins::kPwmPortD | pins::kEncoders;  // encoders with pull-ups: many have open collectors
    DDRD = pins::kPwmPortD;

    TCCR2A = 1 << WGM20;  // phase-correct PWM, 3.9 kHz; no pin connected
    TCCR2B = 1 << CS21;
    TCCR1A = 0;
    TCCR1B = 1 << CS11 | 1 << CS10;  // free running at 250 kHz
    pins::next_tick = static_cast<uint16_t>(TCNT1 + kTimerPerTick);
    OCR1A = pins::next_tick;
    TIFR1 = 1 << OCF1A;
    TIMSK1 = 1 << OCIE1A;
    ticked_us_ = 0;

    encoders_ = PIND;
    PCMSK2 = pins::kEncoders;
    PCICR = 1 << PCIE2;
}

uint8_t take_ticks() {
    uint8_t ticks = 0;
    while (pins::is_tick_due()) {
        pins::next_tick = static_cast<uint16_t>(pins::next_tick + kTimerPerTick);
        ++ticks;
    }
    OCR1A = pins::next_tick;
    ticked_us_ += ticks * kTickUs;
    return ticks;
}

uint8_t ticks_due() {
    const uint16_t behind = static_cast<uint16_t>(TCNT1 - pins::next_tick);
    return static_cast<int16_t>(behind) < 0 ? 0 : static_cast<uint8_t>(behind / kTimerPerTick + 1);
}

uint32_t now_us() {
    const uint16_t behind = static_cast<uint16_t>(TCNT1 - (pins::next_tick - kTimerPerTick));
    return ticked_us_ + behind * static_cast<uint32_t>(kTickUs / kTimerPerTick);
}

uint16_t counts(uint8_t axis) {
    uint16_t counts = 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) { counts = axis == 0 ? counts_a_ : counts_b_; }
    return counts;
}

}  // namespace shield

namespace motor_shield {

void drive(uint8_t axis, int16_t permille) {
    if (axis == 0) {
        set_drive<AxisA>(permille);
    } else {
        set_drive<AxisB>(permille);
    }
}

}  // namespace motor_shield

#endif
