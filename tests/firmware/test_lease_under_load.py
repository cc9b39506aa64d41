"""A lease is told in milliseconds, and the firmware's own load does not stretch it."""

from pathlib import Path
from typing import Final

import pytest

from arduino_actuators.wire import Reply
from tests.broken.firmwares import build_edited
from tests.harness.boards.host import Host, firmware

LEASE_MS: Final = 300
# A control period that takes 1.5 ms of work cannot keep up, ever.
_WORK: Final = "void tick(uint8_t periods) {\n"
_TOO_MUCH: Final = (
    ("axis.cpp", _WORK, f"{_WORK}    _delay_us(1500);\n"),
    (
        "axis.cpp",
        '#include "axis.h"\n',
        '#include "axis.h"\n\n#include <util/delay.h>\n',
    ),
)


def lease_at_the_pins_ms(elf: Path) -> float:
    """Run both axes fast, let both leases run out, and see axis a's pins."""
    host = Host("avr", elf)
    assert isinstance(host.ask("hello 1"), Reply)
    assert isinstance(host.ask("spin b 1 2000 -7000"), Reply)
    assert isinstance(host.ask("spin a 1 2000 7000"), Reply)
    host.wait(0.5)
    host.seen.clear()
    assert isinstance(host.ask(f"spin a 2 {LEASE_MS} 7000"), Reply)
    host.wait(1.0)
    fed = next(e.t_s for e in host.seen if e.kind == "command")
    dead = next(
        e.t_s
        for e in host.seen
        if e.kind == "drive" and e.data["axis"] == "a" and not e.data["duty_permille"]
    )
    return (dead - fed) * 1000


@pytest.mark.parametrize("load", ["both axes at speed", "more than it can do"])
def test_the_firmwares_load_does_not_stretch_a_lease(load: str, tmp_path: Path) -> None:
    """A control loop that falls behind still counts every millisecond."""
    overloaded = load == "more than it can do"
    elf = build_edited(_TOO_MUCH, tmp_path) if overloaded else firmware()

    # The answer, from which it is counted, takes 1 ms on the line.
    assert LEASE_MS - 2 <= lease_at_the_pins_ms(elf) <= LEASE_MS + 3
