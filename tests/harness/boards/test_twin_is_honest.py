"""The twin and the firmware do the same, told the same: replies, events, motion."""

import os
from typing import Final

from hypothesis import HealthCheck, assume, given, note, settings

from deadstop.boards.avr.pins import ShieldName
from tests.harness.boards.arm_scripts import arm_scripts
from tests.harness.boards.scripts import Outcome, Step, play, scripts

# Instants are quantised differently: the firmware's tick is not in phase with the
# twin's, its lines cross the wire 2 % faster, and a last count of way is made some
# milliseconds sooner or later (13 ms were seen). A script of which the twin itself
# makes something else when steps or leases vary so much is ambiguous, and dropped.
VARIATIONS_MS: Final = ((-6.0, 0), (-2.5, 0), (2.5, 0), (6.0, 0), (0.0, -15), (0.0, 15))
# Where a shaft is may differ by as much as it does for the twin by so many ms a step.
SAME_TIME_MS: Final = ((-2.5, 0), (2.5, 0))
# Duty is a whole 255th on the chip (0.4 %), and the profile is laid in ticks.
SAME_REV: Final = 0.02
SAME_SHARE: Final = 0.02
SAME_JOINT_REV: Final = 0.01  # 16 ms at full speed


def said(outcome: Outcome) -> tuple[list[str], dict[str, list[str]]]:
    """Return all that two boards must have in common, to the word."""
    return outcome.answers, outcome.events


def _do_the_same(script: tuple[Step, ...], shield: ShieldName, same_rev: float) -> None:
    twin = play("loopback", script, shield=shield)
    varied = []
    for steps_ms, leases_ms in VARIATIONS_MS:
        varied.append(play("loopback", script, steps_ms, leases_ms, shield))
        assume(said(varied[-1]) == said(twin))
    sooner, later = (varied[VARIATIONS_MS.index(one)] for one in SAME_TIME_MS)
    avr = play("avr", script, shield=shield)
    for step, mine, its in zip(script, twin.answers, avr.answers, strict=True):
        note(f"{step}: {mine}" + ("" if mine == its else f"\n  avr:  {its}"))
    note(f"twin: {twin.events}\navr:  {avr.events}")
    assert said(avr) == said(twin)
    for each in zip(
        _all_rev(twin), _all_rev(avr), _all_rev(sooner), _all_rev(later), strict=True
    ):
        one_rev, other_rev, sooner_rev, later_rev = each
        vague_rev = max(abs(one_rev - sooner_rev), abs(one_rev - later_rev))
        allowed_rev = same_rev + SAME_SHARE * abs(one_rev) + vague_rev
        assert abs(one_rev - other_rev) < allowed_rev


def _all_rev(outcome: Outcome) -> list[float]:
    """Return where the shafts were after each step, one after the other."""
    return [rev for positions in outcome.positions_rev for rev in positions]


@settings(
    max_examples=int(os.environ.get("DEADSTOP_SCRIPTS", "60")),
    print_blob=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(scripts)
def test_the_firmware_does_what_the_twin_does(script: tuple[Step, ...]) -> None:
    """PROTOCOL.md decides which of them is wrong."""
    _do_the_same(script, "motor", SAME_REV)


@settings(
    max_examples=int(os.environ.get("DEADSTOP_SCRIPTS", "30")),
    print_blob=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(arm_scripts)
def test_the_firmware_of_an_arm_does_what_its_twin_does(
    script: tuple[Step, ...],
) -> None:
    """With three joints that move by themselves or together."""
    _do_the_same(script, "cnc", SAME_JOINT_REV)
