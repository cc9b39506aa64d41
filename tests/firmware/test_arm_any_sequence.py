"""Whatever a host asks of an arm, in whatever order, some things hold.

No axis ever leaves its range, is faster than it may be, or changes its speed harder;
what the board says of positions is what the edges add up to; and no fault comes of it.
"""

import bisect
import itertools
import math
import os
import random
from typing import Final

import pytest

from arduino_actuators.wire import Event, HostItem
from tests.firmware.arm import (
    ACCEL_CPS2,
    AXES,
    CYCLES_PER_S,
    JUMP_CPS,
    MAX_CPS,
    RANGES,
    Arm,
)

SEED: Final = int(os.environ.get("DEADSTOP_SEED", "1"))
SERIES: Final = int(os.environ.get("DEADSTOP_SERIES", "8"))
COMMANDS: Final = 40
STANDSTILL_S: Final = 0.020  # PROTOCOL.md, section 4
IN_LINE_S: Final = 0.020  # what is told may stand behind so much else
JITTER_CYCLES: Final = 400  # 25 us: other interrupts, and the steps of other axes
WINDOW_STEPS: Final = 8


def command(choose: random.Random, arm: Arm) -> str | bytes:
    """Return anything that a host may send."""
    axis = choose.choice(AXES)
    target = [choose.randint(least, most) for least, most in RANGES.values()]
    speed_cps = choose.choice((50, 700, 3000, 8000))
    lease_ms = choose.choice((60, 400, 2000, 2000))
    at = AXES.index(axis)
    kinds = {
        f"goto {axis} MOTION {lease_ms} {target[at]} {speed_cps}": 3,
        f"move {axis} MOTION {lease_ms} {target[at] // 9} {speed_cps}": 3,
        f"spin {axis} MOTION {lease_ms} {choose.choice((-1, 1)) * speed_cps}": 3,
        f"line MOTION {lease_ms} {target[0]} {target[1]} {target[2]} {speed_cps} "
        f"{choose.choice((5000, 20_000, ACCEL_CPS2))}": 4,
        f"via {arm.motion} {target[0]} {target[1]} {target[2]} {speed_cps}": 6,
        f"stop {axis} 0 {choose.randrange(3)}": 3,
        f"halt {choose.randrange(3)}": 1,
        f"keep {axis} {arm.motion}": 4,
        f"state {axis}": 2,
        "hello 1": 1,
    }
    if choose.random() < 0.12:
        return choose.choice((b"!", b"A", b"C", b"?", b"??", b"!!"))
    (words,) = choose.choices(list(kinds), list(kinds.values()))
    return words


def must_be_within_bounds(arm: Arm) -> None:
    """Look at every step of every axis."""
    for at, axis in enumerate(AXES):
        least, most = RANGES[axis]
        edges = [edge for edge in arm.edges if edge.axis == axis]
        assert all(least <= edge.steps[at] <= most for edge in edges)
        shortest = CYCLES_PER_S / MAX_CPS - JITTER_CYCLES
        assert all(b.cycle - a.cycle >= shortest for a, b in itertools.pairwise(edges))
        for a, b, c in zip(
            edges, edges[WINDOW_STEPS:], edges[2 * WINDOW_STEPS :], strict=False
        ):
            first_s = (b.cycle - a.cycle) / CYCLES_PER_S
            second_s = (c.cycle - b.cycle) / CYCLES_PER_S
            cut = any(a.cycle < cycle < c.cycle for cycle, on in arm.enables if not on)
            if cut or first_s + second_s > 0.05:  # or it is very slow
                continue
            change_cps = abs(
                (c.steps[at] - b.steps[at]) / second_s
                - (b.steps[at] - a.steps[at]) / first_s
            )
            allowed = JUMP_CPS + ACCEL_CPS2 * (first_s + second_s) / 2
            assert change_cps <= allowed * 1.25, (axis, c)


def must_be_told_as_it_was(arm: Arm, said: list[HostItem]) -> None:
    """Look at every standstill that was told.

    Its position is what the edges add up to, and none follows until a host sends again.
    """
    told = [item for item in said if isinstance(item, Event)]
    seen = [each for each in arm.host.seen if each.kind == "event"][-len(told) :]
    sent = [each.t_s for each in arm.host.seen if each.data.get("line") == "rx"]
    for item, when in zip(told, seen, strict=True):
        if item.event not in {"arrived", "stopped"} or "superseded" in item.fields:
            continue
        # It stood for so long before that was told.
        stood_s = when.t_s - STANDSTILL_S
        later = bisect.bisect(sent, stood_s - IN_LINE_S)
        until_s = sent[later] if later < len(sent) else math.inf
        axis, *_, position = item.fields
        edges = [edge for edge in arm.edges if edge.axis == axis]
        made = bisect.bisect(edges, stood_s * CYCLES_PER_S, key=lambda e: e.cycle)
        at = edges[made - 1].steps[AXES.index(axis)] if made else 0
        assert at == int(position), item
        following = edges[made : made + 1]
        assert all(e.cycle > until_s * CYCLES_PER_S for e in following), item


@pytest.mark.parametrize("number", range(SERIES))
def test_any_sequence_keeps_within_bounds(number: int) -> None:
    """And is told as it was."""
    choose = random.Random(f"{SEED} {number}")  # noqa: S311 - no secrets
    arm = Arm()
    log: list[str | bytes] = []
    for _ in range(COMMANDS):
        each = command(choose, arm)
        log.append(each)
        if isinstance(each, bytes):
            arm.host.send(each)
        else:
            if "MOTION" in each:
                arm.motion += 1
            arm.host.ask(each.replace("MOTION", str(arm.motion)))
        arm.wait(choose.choice((0.0, 0.002, 0.05, 0.2)))
    told = f"seed {SEED}, series {number}: {log}"
    said = arm.host.forget()
    assert not [e for e in said if isinstance(e, Event) and e.event == "fault"], told
    must_be_told_as_it_was(arm, said)
    arm.ask("halt 1")
    arm.settle()
    edges = len(arm.edges)
    assert arm.told_steps() == arm.steps, told
    assert {arm.ask(f"state {axis}")[0] for axis in AXES} == {"idle"}, told
    arm.wait(0.3)
    assert len(arm.edges) == edges, f"a step behind the standstill: {told}"
    must_be_within_bounds(arm)
