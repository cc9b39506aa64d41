// Talks at 9600 baud, whatever the host thinks.
#include "uno.h"

int main(void) {
    begin_line();
    UBRR0 = 207;
    for (;;) {
        say(hear());
    }
}
