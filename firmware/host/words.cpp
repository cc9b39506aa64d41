#include "words.h"

#include <stdlib.h>

namespace words {

Words split(const std::string& text) {
    Words words(1);
    for (char each : text) {
        if (each == ' ') {
            words.emplace_back();
        } else {
            words.back() += each;
        }
    }
    return words;
}

bool read_integer(const std::string& word, int64_t& value) {
    const std::string digits = word.substr(word[0] == '-');
    if (digits.empty() || digits.size() > 10 || digits.find_first_not_of("0123456789") != std::string::npos ||
        (digits[0] == '0' && word != "0")) {
        return false;
    }
    value = strtoll(word.c_str(), nullptr, 10);
    return within(value, INT32_MIN, INT32_MAX);
}

bool within(int64_t value, int64_t least, int64_t most) { return value >= least && value <= most; }

bool fit(const Words& expected, const Words& heard) {
    bool all = expected.size() == heard.size();
    for (size_t i = 0; all && i < expected.size(); ++i) {
        all = expected[i] == "?" || expected[i] == heard[i];
    }
    return all;
}

}  // namespace words
