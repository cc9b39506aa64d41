// What the board has to say to the bytes that it gets, and when it may drive: PROTOCOL.md once more, for comparison. Shares no
// code with the controller but for the figures of config.h.
#pragma once

#include <stdint.h>

#include <string>

namespace reference {

void begin();

// A byte that the board took in; a period that passed; a turn of the main loop. Bytes may come amid a turn.
void see(char byte);
void pass_period();
void begin_turn();
void end_turn();

// A line that the board says, without its seal: it must be the one that has to come.
void hear(const std::string& line);

// The same, of the line that tells the board's clock.
void hear_clock(const std::string& line);

// Room to send that the board had.
void see_room(uint8_t bytes);

// Whether a motion has been accepted that nothing has ended since.
bool may_drive(uint8_t axis);

// Whether every frame has been answered and every axis is at rest.
bool is_settled();

}  // namespace reference
