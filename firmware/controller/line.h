// Lines to the host: built up word by word, sealed with their checksum, sent whole or not at all.
#pragma once

#include <stdint.h>

namespace line {

// The longest is the answer to `state`.
constexpr uint8_t kMaxBytes = 80;

// Begins a line with its first character.
void begin(char kind);

void put(char character);
void put_number(int32_t number);
void put_unsigned(uint32_t number);
void put_flash(const char* text);
void put_text(const char* text);

// A space, then the word.
void word_number(int32_t number);
void word_flash(const char* text);

// Ends the line: checksum, CR LF. False if the transmit buffer has no room; then nothing is sent.
bool send();

// Ends it without a checksum: free text for people.
bool send_comment();

// Keeps the line last sent, and sends it again.
void keep();
void send_kept();

}  // namespace line
