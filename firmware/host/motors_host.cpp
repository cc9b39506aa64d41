#include "../controller/config.h"

#if !defined(DEADSTOP_ARM)

#include "../controller/motor_shield.h"
#include "../controller/shield.h"
#include "host.h"
#include "plant.h"

namespace {

struct Motor {
    int16_t drive;
    int32_t speed_q16;  // counts per period
    int64_t position_q16;
    bool held;
};

Motor motors[config::kAxes];

void set_drive(uint8_t axis, int16_t permille) {
    motors[axis].drive = permille;
    if (host::on_drive != nullptr) {
        host::on_drive(axis, permille);
    }
}

}  // namespace

namespace plant {

void cut(uint8_t axis) { set_drive(axis, 0); }

void pass_period() {
    for (Motor& motor : motors) {
        const int32_t wanted_q16 = motor.drive * 710;  // 10.8 counts per period at full drive
        motor.speed_q16 += (wanted_q16 - motor.speed_q16) / 64;
        if (motor.speed_q16 / 64 == 0 || motor.held) {
            motor.speed_q16 = 0;
        }
        motor.position_q16 += motor.speed_q16;
    }
}

}  // namespace plant

namespace host {

int16_t drive(uint8_t axis) { return motors[axis].drive; }

int64_t position(uint8_t axis) { return motors[axis].position_q16 >> 16; }

void hold(uint8_t axis, bool held) { motors[axis].held = held; }

void turn(uint8_t axis, int16_t counts) { motors[axis].position_q16 += counts * 65536; }

}  // namespace host

namespace shield {

void begin() {
    for (Motor& motor : motors) {
        motor = Motor();
    }
}

uint16_t counts(uint8_t axis) {
    plant::call();
    return static_cast<uint16_t>(host::position(axis));
}

}  // namespace shield

namespace motor_shield {

void drive(uint8_t axis, int16_t permille) {
    plant::call();
    if (permille == 0 || !(shield::stops & 1 << axis)) {
        set_drive(axis, permille);
    }
}

}  // namespace motor_shield

#endif
