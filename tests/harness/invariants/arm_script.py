"""A made-up case of an arm: joints a and b move, c has no part in the motion."""

from dataclasses import dataclass
from typing import Self

from deadstop.invariants import INVARIANTS
from deadstop.results import Verdict
from deadstop.rig import Limits
from deadstop.trace import Source
from tests.harness.invariants.script import LIMITS, Script

STEPS_PER_REV = 12800
WAY_STEPS = {"a": 1600, "b": 1000}  # in 800 ms, from 395 ms before the strike on
FROM_MS = -395.0
LASTS_MS = 800.0
HEARD_MS = 1.8  # when the board heard the stop byte
LAST_EDGE_MS = HEARD_MS + 0.012
ARM_LIMITS: Limits = LIMITS.model_copy(
    update={"position_tolerance_rev": 0.00003, "stop_distance_rev": 0.02}
)


def steps_at(axis: str, ms: float) -> int:
    """Where a joint is that moves evenly, in steps."""
    return round(WAY_STEPS[axis] * (ms - FROM_MS) / LASTS_MS)


@dataclass
class ArmScript(Script):
    """The events of a case of an arm."""

    def judge(self, law: str) -> Verdict:
        """Hold it against one law, within the limits of an arm."""
        return INVARIANTS[law](self.story(), ARM_LIMITS)

    def call_arm(self, *, ended: bool = True, profiles: bool = True) -> Self:
        """Let the motion have one call, of three joints of which two move."""
        self.at(
            -450, Source.JUDGE, "call", call="arm#1", component="arm", axis="abc",
            ended=ended, checks=4,
        )  # fmt: skip
        for axis, way in WAY_STEPS.items() if profiles else ():
            rev = way / STEPS_PER_REV
            stages = {"accelerating": 0.1, "cruise": 0.5, "decelerating": 0.7}
            profile = {f"{name}_rev": rev * of for name, of in stages.items()}
            profile |= {f"{name}_after_s": 0.8 * of for name, of in stages.items()}
            self.at(
                -450, Source.JUDGE, "profile", axis=axis, travel_rev=rev,
                arriving_rev=rev * 0.98, arriving_after_s=0.784, **profile,
            )  # fmt: skip
        for axis in "abc":
            self.at(
                -420, Source.JUDGE, "position", component="arm", axis=axis,
                when="before", reported_rev=0.0, witness_rev=0.0,
            )  # fmt: skip
        self.at(-440, Source.LINK, "ack", verb="hello", shared_power=True)
        self.at(-399, Source.CLIENT, "call-sent", call="arm#1")
        return self.at(-398, Source.SERVER, "call-begun", call="arm#1")

    def line(self, ms: float, number: int = 1, verb: str = "line") -> Self:
        """Send a coordinated motion, or a piece of one, which the board accepts."""
        self.at(
            ms, Source.LINK, "motion", verb=verb, axis="*", motion=number,
            overtaken=False, lease_ms=300,
        )  # fmt: skip
        return self.at(
            ms + 0.3, Source.BOARD, "command", verb=verb, axis="*", motion=number
        )

    def shaft(self, ms: float, kind: str, axis: str, steps: int, edges: int) -> Self:
        """Let the witness see a joint."""
        self.at(
            ms, Source.SHAFT, kind, axis=axis, position_rev=steps / STEPS_PER_REV,
            steps=steps, edges=edges,
        )  # fmt: skip
        if kind == "sample":
            event = self.events.pop()
            data = {**event.data, "speed_rev_s": 0.15}
            self.events.append(event._replace(data=data))
        return self

    def joint(self, axis: str, until_ms: float) -> Self:
        """Let a joint step evenly, and make its last step at *until_ms*."""
        self.at(
            FROM_MS, Source.PINS, "drive", axis=axis, duty_permille=1000, brake=False
        )
        self.shaft(FROM_MS, "moving", axis, 1, 1)
        ms = FROM_MS + 2
        while ms < until_ms:
            self.shaft(ms, "sample", axis, steps_at(axis, ms), steps_at(axis, ms))
            ms += 2
        last = steps_at(axis, until_ms)
        return self.shaft(until_ms, "standstill", axis, last, last)

    def off(self, ms: float, *axes: str) -> Self:
        """Let the drivers go off."""
        for axis in axes:
            self.drive(ms, 0, axis)
        return self

    def asked_up(self, ms: float, **off_steps: float) -> Self:
        """Ask the arm how it is; *off_steps* says how far a joint's answer is off."""
        self.at(ms, Source.JUDGE, "clean", leftovers="", waited_s=0.0)
        self.at(
            ms + 2, Source.JUDGE, "check", component="arm", what="is_moving",
            outcome="returned", error=None, value=False,
        )  # fmt: skip
        for axis in "abc":
            off_rev = off_steps.get(axis, 0.0) / STEPS_PER_REV
            self.at(
                ms + 4, Source.JUDGE, "check", component="arm",
                what="get_joint_positions", outcome="returned", error=None,
                axis=axis, off_rev=off_rev,
            )  # fmt: skip
        self.at(ms + 5, Source.JUDGE, "asked-anew")
        self.at(
            ms + 200, Source.JUDGE, "next", component="arm", outcome="returned",
            error=None, moved=True,
        )  # fmt: skip
        return self.freed(ms + 300)


def begun_arm(trigger: str = "client-cancel", moment: str = "cruise") -> ArmScript:
    """A call that has begun to move joints a and b together, 400 ms before time 0."""
    script = ArmScript(trigger, moment).call_arm()
    script.at(-420, Source.BOARD, "boot", cause="power")
    return script.at(-400, Source.JUDGE, "begin").line(-397)


def struck_arm(trigger: str = "client-cancel") -> ArmScript:
    """The same, and its end: nobody has stopped anything yet."""
    script = begun_arm(trigger).at(0, Source.JUDGE, "strike", trigger=trigger)
    script.at(0.4, Source.SERVER, "call-cancelled", call="arm#1")
    script.returned(1, "arm#1", "cancelled")
    return script.at(25, Source.SERVER, "call-ended", call="arm#1", outcome="cancelled")


def cancelled_arm(last_edge_ms: float = LAST_EDGE_MS) -> ArmScript:
    """A right arm: one stop byte, and every joint makes its last step in time."""
    script = struck_arm().at(1.5, Source.LINK, "stop", axis="*", how="byte")
    script.at(HEARD_MS, Source.BOARD, "stop-byte", axis="a")
    script.joint("a", last_edge_ms).joint("b", HEARD_MS - 1).off(HEARD_MS, "a", "b")
    for axis in "abc":
        script.board_says(22, "stopped", axis=axis)
    return script.asked_up(400)
