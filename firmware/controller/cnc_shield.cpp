#include "config.h"

#if defined(__AVR__) && defined(DEADSTOP_ARM)

#include "cnc_shield.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#include "pins.h"
#include "shield.h"

namespace {

using cnc_shield::kSlice_q4;
using cnc_shield::kUnitsPerSlice;
using cnc_shield::Slice;
using cnc_shield::Steps;

// Timer 1 counts every 8th cycle, for the steps and for the control periods.
static_assert(F_CPU / 8 / config::kTicksPerSecond == kUnitsPerSlice, "a slice is a control period");
static_assert(config::kAxes == 3, "the interrupt serves three");

// A step that is due this soon is waited for: leaving the interrupt and entering it again takes longer.
constexpr uint16_t kSoonUnits = 16;

constexpr uint8_t kSlots = 4;  // the planned ones, and one to plan in
static_assert(kSlots > cnc_shield::kSlicesAhead && (kSlots & (kSlots - 1)) == 0, "indices go round by themselves");

struct Generator {
    uint8_t left;
    int8_t way;          // 1 forward, -1 back
    uint16_t due_q4;     // of the next step, from the slice's beginning
    uint16_t interval_q4;
};

// Shared with the interrupt. What is wider than a byte is read in an ATOMIC_BLOCK.
Slice slots_[kSlots];
volatile uint8_t pushed_;  // written by the main loop
volatile uint8_t begun_;   // written by the interrupt
volatile uint8_t passed_;
volatile bool gap_;
volatile uint16_t counts_[config::kAxes];
volatile uint16_t slice_begin_;  // of timer 1

// The interrupt's own, but for `disable` and `forget_steps`, which it cannot interrupt.
Generator generators_[config::kAxes];
uint8_t passing_;  // waypoints in the slice under way

uint32_t ticked_us_;  // when the control period that was taken last had passed
constexpr uint16_t kTickUs = 1000000 / config::kTicksPerSecond;

// Makes a step if it is due. `next_q4` becomes the time of the next one, if that is earlier.
template <uint8_t axis>
inline void serve(uint16_t now_q4, uint16_t& next_q4) {
    Generator& g = generators_[axis];
    if (g.left == 0) {
        return;
    }
    if (g.due_q4 <= now_q4) {
        cli();  // a stop byte comes before this edge, or behind it: then it counts
        if (PORTB & pins::kDriversOff) {
            sei();
        } else {
            PORTD |= pins::step(axis);
            sei();
            counts_[axis] = static_cast<uint16_t>(counts_[axis] + g.way);
        }
        g.due_q4 = static_cast<uint16_t>(g.due_q4 + g.interval_q4);
        --g.left;
    }
    if (g.left != 0 && g.due_q4 < next_q4) {
        next_q4 = g.due_q4;
    }
}

template <uint8_t axis>
inline void load(const Slice& slice) {
    const Steps& steps = slice.steps[axis];
    Generator& g = generators_[axis];
    g.left = steps.count;
    if (steps.count == 0) {
        return;
    }
    g.due_q4 = steps.first_q4;
    g.interval_q4 = steps.interval_q4;
    if (steps.forward) {
        g.way = 1;
        PORTD |= pins::direction(axis);
    } else {
        g.way = -1;
        PORTD &= static_cast<uint8_t>(~pins::direction(axis));
    }
}

inline void begin_slice() {
    slice_begin_ = static_cast<uint16_t>(slice_begin_ + kUnitsPerSlice);
    ++pins::ticks;
    passed_ = static_cast<uint8_t>(passed_ + passing_);
    const uint8_t begun = begun_;
    if (begun == pushed_) {
        passing_ = 0;
        gap_ = true;
        return;
    }
    const Slice& slice = slots_[begun % kSlots];
    passing_ = slice.passed;
    load<0>(slice);
    load<1>(slice);
    load<2>(slice);
    begun_ = static_cast<uint8_t>(begun + 1);
}

}  // namespace

volatile uint8_t pins::ticks;

// Lets the receiver's interrupt in after some 15 cycles: it masks itself, and goes on with interrupts enabled.
ISR(TIMER1_COMPA_vect, ISR_NAKED) {
    __asm__ volatile(
        "push r24\n\t"
        "ldi r24, 0\n\t"
        "sts %[control], r24\n\t"
        "pop r24\n\t"
        "sei\n\t"
        "jmp __vector_step"
        :
        : [control] "n"(_SFR_MEM_ADDR(TIMSK1)));
}

extern "C" void __vector_step() __attribute__((signal, used, externally_visible));
extern "C" void __vector_step() {
    for (;;) {
        const uint16_t now = static_cast<uint16_t>(TCNT1 - slice_begin_);
        const uint16_t now_q4 = now < 4096 ? static_cast<uint16_t>(now << 4) : UINT16_MAX;
        uint16_t next_q4 = kSlice_q4;
        serve<0>(now_q4, next_q4);
        serve<1>(now_q4, next_q4);
        serve<2>(now_q4, next_q4);
        const bool done = (generators_[0].left | generators_[1].left | generators_[2].left) == 0;
        // A DRV8825 wants 1.9 us for each half of a step: here, and on the way round.
        __builtin_avr_delay_cycles(16);
        PORTD &= static_cast<uint8_t>(~pins::kSteps);
        if (done && now_q4 >= kSlice_q4) {
            begin_slice();
            continue;
        }
        const uint16_t next = static_cast<uint16_t>(slice_begin_ + (next_q4 >> 4));
        cli();  // another interrupt between the look at the time and the compare register would let it be missed
        if (static_cast<int16_t>(next - TCNT1) > static_cast<int16_t>(kSoonUnits)) {
            OCR1A = next;
            TIFR1 = 1 << OCF1A;
            TIMSK1 = 1 << OCIE1A;
            return;
        }
        sei();
    }
}

namespace shield {

void begin() {
    // Off first, then output: no driver is ever enabled on the way.
    PORTB = pins::kDriversOff | pins::kLimits;  // limit inputs with pull-ups
    DDRB = pins::kDriversOff;
    PORTD = 0;
    DDRD = pins::kSteps | pins::kDirections;

    TCCR2A = 0;
    TCCR2B = 0;
    TCCR1A = 0;
    TCCR1B = 1 << CS11;  // free running at 2 MHz
    ticked_us_ = 0;
    slice_begin_ = TCNT1;
    OCR1A = static_cast<uint16_t>(slice_begin_ + kUnitsPerSlice);
    TIFR1 = 1 << OCF1A;
    TIMSK1 = 1 << OCIE1A;
}

uint8_t take_ticks() {
    uint8_t ticks = 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        ticks = pins::ticks;
        pins::ticks = 0;
    }
    ticked_us_ += static_cast<uint32_t>(ticks) * kTickUs;
    return ticks;
}

uint8_t ticks_due() { return pins::ticks; }

uint32_t now_us() {
    uint16_t behind = 0;
    uint8_t ticks = 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        behind = static_cast<uint16_t>(TCNT1 - slice_begin_);
        ticks = pins::ticks;
    }
    return ticked_us_ + static_cast<uint32_t>(ticks) * kTickUs + behind / (kUnitsPerSlice / kTickUs);
}

uint16_t counts(uint8_t axis) {
    uint16_t counts = 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) { counts = counts_[axis]; }
    return counts;
}

}  // namespace shield

namespace cnc_shield {

uint8_t waiting() { return static_cast<uint8_t>(pushed_ - begun_); }

Slice& next_slice() { return slots_[pushed_ % kSlots]; }

void push() { pushed_ = static_cast<uint8_t>(pushed_ + 1); }

uint8_t next_number() { return pushed_; }

uint8_t current_number() { return static_cast<uint8_t>(begun_ - 1); }

uint16_t units_ahead() {
    uint16_t gone = 0;
    uint8_t slices = 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        gone = static_cast<uint16_t>(TCNT1 - slice_begin_);
        slices = waiting();
    }
    return static_cast<uint16_t>((slices + 1) * kUnitsPerSlice - (gone < kUnitsPerSlice ? gone : kUnitsPerSlice));
}

bool take_gap() {
    const bool gap = gap_;
    if (gap) {
        gap_ = false;
    }
    return gap;
}

uint8_t take_passed() {
    uint8_t passed = 0;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        passed = passed_;
        passed_ = 0;
    }
    return passed;
}

void enable() {
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        if (shield::stops == 0) {
            PORTB &= static_cast<uint8_t>(~pins::kDriversOff);
        }
    }
}

void disable() {
    PORTB |= pins::kDriversOff;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        pushed_ = begun_;
        for (Generator& generator : generators_) {
            generator.left = 0;
        }
        passing_ = 0;
        passed_ = 0;
    }
}

void forget_steps(uint8_t axis) {
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        generators_[axis].left = 0;
        for (uint8_t number = begun_; number != pushed_; ++number) {
            slots_[number % kSlots].steps[axis].count = 0;
        }
    }
}

bool is_switch_closed(uint8_t axis) { return !(PINB & pins::limit(axis)); }

}  // namespace cnc_shield

#endif
