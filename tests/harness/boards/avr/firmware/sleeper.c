// Sleeps for ever: nothing would wake it.
#include "uno.h"

int main(void) {
    begin_line();
    set_sleep_mode(SLEEP_MODE_IDLE);
    sei();
    for (;;) {
        sleep_mode();
    }
}
