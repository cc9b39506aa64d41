// Where things are on the shield, and how a stop byte acts there: `axes_hit` says for which axes it is, one bit each (0: it is no
// stop byte), and `cut` takes their drive off. Both are for the receive interrupt, and `is_tick_due` (a control period has passed) is for
// where it is kept out: they have to be short.
#pragma once

#include "config.h"

#if defined(DEADSTOP_ARM)
#include "cnc_pins.h"
#else
#include "motor_pins.h"
#endif
