#include "events.h"

#include "build.h"
#include "hardware.h"
#include "line.h"

namespace events {
namespace {

using protocol::Event;

uint8_t number_;

void begin(Event event) {
    line::begin('@');
    line::put_number(number_++);
    line::word_flash(protocol::name(event));
}

void begin(Event event, uint8_t axis, uint16_t motion) {
    begin(event);
    line::put(' ');
    line::put(static_cast<char>('a' + axis));
    line::word_number(motion);
}

// If there is no room the line is lost, and its number tells the host so.
void end(int32_t position) {
    line::word_number(position);
    line::send();
}

}  // namespace

void boot(protocol::BootCause cause) {
    number_ = 0;
    hardware::send("\r\n", 2);  // the reset may have cut a line in two
    begin(Event::boot);
    line::word_flash(protocol::name(cause));
    line::put(' ');
    line::put_text(build::name());
    line::send();
}

void plain(Event event, uint8_t axis, uint16_t motion, int32_t position) {
    begin(event, axis, motion);
    end(position);
}

void with_cause(Event event, uint8_t axis, uint16_t motion, protocol::Cause cause, int32_t position) {
    begin(event, axis, motion);
    line::word_flash(protocol::name(cause));
    end(position);
}

void stopping(uint8_t axis, uint16_t motion, protocol::Cause cause, protocol::Category category, int32_t position) {
    begin(Event::stopping, axis, motion);
    line::word_flash(protocol::name(cause));
    line::word_number(static_cast<uint8_t>(category));
    end(position);
}

void fault(uint8_t axis, uint16_t motion, protocol::Fault fault, int32_t position) {
    begin(Event::fault, axis, motion);
    line::word_number(static_cast<uint8_t>(fault));
    line::word_flash(protocol::name(fault));
    end(position);
}

void reject(protocol::Error error) {
    begin(Event::reject);
    line::word_number(static_cast<uint8_t>(error));
    line::word_flash(protocol::name(error));
    line::send();
}

}  // namespace events
