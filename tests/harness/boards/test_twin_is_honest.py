"""The twin and the firmware do the same, told the same: replies, events, motion."""

import os
from typing import Final

from hypothesis import HealthCheck, assume, given, note, settings

from tests.harness.boards.scripts import Outcome, Step, play, scripts

# Instants are quantised differently: the firmware's tick is not in phase with the
# twin's, and its lines cross the wire 2 % faster. A script in which a few
# milliseconds change what the twin itself says is ambiguous, and proves nothing.
SHIFTS_MS: Final = (-6.0, -2.5, 2.5, 6.0)
# Duty is a whole 255th on the chip (0.4 %), and the profile is laid in ticks.
SAME_REV: Final = 0.02
SAME_SHARE: Final = 0.02


def said(outcome: Outcome) -> tuple[list[str], dict[str, list[str]]]:
    """Return all that two boards must have in common, to the word."""
    return outcome.answers, outcome.events


def _ambiguous(script: tuple[Step, ...], twin: Outcome) -> bool:
    return any(said(play("loopback", script, ms)) != said(twin) for ms in SHIFTS_MS)


@settings(
    max_examples=int(os.environ.get("DEADSTOP_SCRIPTS", "60")),
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(scripts)
def test_the_firmware_does_what_the_twin_does(script: tuple[Step, ...]) -> None:
    """PROTOCOL.md decides which of them is wrong."""
    twin = play("loopback", script)
    assume(not _ambiguous(script, twin))
    avr = play("avr", script)
    for step, mine, its in zip(script, twin.answers, avr.answers, strict=True):
        note(f"{step}: {mine}" + ("" if mine == its else f"\n  avr:  {its}"))
    note(f"twin: {twin.events}\navr:  {avr.events}")
    assert said(avr) == said(twin)
    for mine_rev, its_rev in zip(twin.positions_rev, avr.positions_rev, strict=True):
        for one_rev, other_rev in zip(mine_rev, its_rev, strict=True):
            assert abs(one_rev - other_rev) < SAME_REV + SAME_SHARE * abs(one_rev)
