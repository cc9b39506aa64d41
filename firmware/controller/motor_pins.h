// Where the Arduino Motor Shield R3 and the two encoders are on an Uno or Nano.
//
// The shield: direction, brake and PWM (enable) of each motor. Brake high and enable high shorts the motor; brake low and enable
// on drives it; enable low lets it coast. The port bit behind each PWM pin stays 1, so that a pin taken from its timer is high:
// then the brake alone decides between full drive and none, and it is set first.
#pragma once

#include <avr/io.h>
#include <stdint.h>

namespace pins {

struct AxisA {
    static constexpr uint8_t kBit = 1 << 0;
    static constexpr uint8_t kDirection = 1 << PB4;  // D12
    static constexpr uint8_t kBrake = 1 << PB1;      // D9
    static constexpr uint8_t kCompare = 1 << COM2B1; // D3 is OC2B
    static void set_duty(uint8_t of_255) { OCR2B = of_255; }
};

struct AxisB {
    static constexpr uint8_t kBit = 1 << 1;
    static constexpr uint8_t kDirection = 1 << PB5;  // D13
    static constexpr uint8_t kBrake = 1 << PB0;      // D8
    static constexpr uint8_t kCompare = 1 << COM2A1; // D11 is OC2A
    static void set_duty(uint8_t of_255) { OCR2A = of_255; }
};

constexpr uint8_t kAllBits = AxisA::kBit | AxisB::kBit;

constexpr uint8_t kPortB = AxisA::kDirection | AxisA::kBrake | AxisB::kDirection | AxisB::kBrake | 1 << PB3;
constexpr uint8_t kPwmPortB = 1 << PB3;  // D11
constexpr uint8_t kPwmPortD = 1 << PD3;  // D3

// Encoders: both on port D, so that one interrupt serves them. Forward: A leads B.
constexpr uint8_t kEncoderA_A = 1 << PD4;  // D4
constexpr uint8_t kEncoderA_B = 1 << PD5;  // D5
constexpr uint8_t kEncoderB_A = 1 << PD6;  // D6
constexpr uint8_t kEncoderB_B = 1 << PD7;  // D7
constexpr uint8_t kEncoders = kEncoderA_A | kEncoderA_B | kEncoderB_A | kEncoderB_B;

extern uint16_t next_tick;  // of timer 1

inline bool is_tick_due() { return static_cast<int16_t>(TCNT1 - next_tick) >= 0; }

inline uint8_t axes_hit(uint8_t byte) {
    if (byte == '!') {
        return kAllBits;
    }
    if (byte >= 'A' && byte <= 'H') {
        return byte == 'A' ? AxisA::kBit : byte == 'B' ? AxisB::kBit : kAllBits;
    }
    return 0;
}

inline void cut(uint8_t axes) {
    uint8_t compare = 0;
    if (axes & AxisA::kBit) {
        PORTB |= AxisA::kBrake;
        compare = AxisA::kCompare;
    }
    if (axes & AxisB::kBit) {
        PORTB |= AxisB::kBrake;
        compare |= AxisB::kCompare;
    }
    TCCR2A &= static_cast<uint8_t>(~compare);
}

}  // namespace pins
