"""A made-up case, event by event: what a law is shown, to pass it or to fail it."""

from dataclasses import dataclass, field
from typing import Self

from deadstop.invariants import INVARIANTS
from deadstop.results import Outcome, Verdict
from deadstop.rig import Limits
from deadstop.story import Story
from deadstop.trace import Event, Scalar, Source

STRIKE_S = 1000.0  # CLOCK_MONOTONIC; times in a script are ms from here
LIMITS = Limits(
    stop_commanded_ms=50.0,
    standstill_ms=500.0,
    stop_distance_rev=0.6,
    cleanup_ms=1000.0,
    quiet_ms=100.0,
    loop_block_ms=100.0,
    position_tolerance_rev=0.01,
)
TRAVEL_REV = 0.8


@dataclass
class Script:
    """The events of a case; each method adds or takes away some."""

    trigger: str = "client-cancel"
    moment: str = "cruise"
    hosting: str = "grpc"
    events: list[Event] = field(default_factory=list)

    def at(self, ms: float, source: Source, kind: str, **data: Scalar) -> Self:
        """Add an event, *ms* milliseconds after the strike."""
        self.events.append(Event(STRIKE_S + ms / 1000, source, kind, data))
        return self

    def without(self, source: Source, *kinds: str, **fields: Scalar) -> Self:
        """Take away the events of these kinds whose data match *fields*."""
        self.events = [
            event
            for event in self.events
            if not (
                event.source is source
                and event.kind in kinds
                and all(event.data.get(key) == fields[key] for key in fields)
            )
        ]
        return self

    def story(self) -> Story:
        """Return what it tells, in the order of the stamps."""
        case = Event(
            STRIKE_S - 0.5,
            Source.JUDGE,
            "case",
            {"trigger": self.trigger, "moment": self.moment, "hosting": self.hosting},
        )
        return Story(sorted([case, *self.events], key=lambda event: event.t_s))

    def judge(self, law: str) -> Verdict:
        """Hold it against one law."""
        return INVARIANTS[law](self.story(), LIMITS)

    # The layers

    def call(
        self, name: str = "left", axis: str = "a", *, ended: bool = True
    ) -> "Script":
        """Let the motion have a call, with its profile."""
        self.at(
            -450, Source.JUDGE, "call", call=f"{name}#1", component=name, axis=axis,
            ended=ended,
        )  # fmt: skip
        profile = {
            f"{stage}_{what}": share * whole
            for stage, share in (
                ("accelerating", 0.1),
                ("cruise", 0.5),
                ("decelerating", 0.7),
                ("arriving", 0.98),
            )
            for what, whole in (("rev", TRAVEL_REV), ("after_s", 0.8))
        }
        self.at(
            -450, Source.JUDGE, "profile", axis=axis, travel_rev=TRAVEL_REV, **profile
        )
        self.at(-399, Source.CLIENT, "call-sent", call=f"{name}#1")
        return self.at(-398, Source.SERVER, "call-begun", call=f"{name}#1")

    def ends_itself(self) -> Self:
        """Let the component end its undisturbed motion with a stop of its own."""
        self.without(Source.LINK, "board-event", event="arrived")
        known = [event for event in self.events if event.kind == "profile"]
        self.without(Source.JUDGE, "profile")
        for event in known:
            data = {**event.data, "stopped_after_s": 0.8}
            self.events.append(Event(event.t_s, event.source, event.kind, data))
        return self

    def motion(self, ms: float, number: int = 1, axis: str = "a") -> Self:
        """Send a motion command, which the board accepts."""
        self.at(
            ms, Source.LINK, "motion", verb="move", axis=axis, motion=number,
            overtaken=False, lease_ms=300,
        )  # fmt: skip
        return self.at(
            ms + 0.3, Source.BOARD, "command", verb="move", axis=axis, motion=number
        )

    def stop(self, ms: float, axis: str = "a", *, heard: bool = True) -> Self:
        """Send a stop byte, for one axis or (``*``) for all."""
        self.at(ms, Source.LINK, "stop", axis=axis, how="byte", motion=None)
        if heard:
            self.at(ms + 0.3, Source.BOARD, "stop-byte", axis=axis)
        return self

    def board_says(
        self, ms: float, event: str, number: int = 1, axis: str = "a"
    ) -> Self:
        """Let the board report an event of an axis."""
        return self.at(
            ms, Source.LINK, "board-event", event=event, axis=axis, motion=number
        )

    def drive(self, ms: float, duty_permille: int, axis: str = "a") -> Self:
        """Change the drive at the pins."""
        return self.at(ms, Source.PINS, "drive", axis=axis, duty_permille=duty_permille)

    def turn(
        self,
        from_ms: float,
        until_ms: float,
        from_rev: float,
        to_rev: float,
        axis: str = "a",
    ) -> Self:
        """Let the shaft turn evenly, and then stand still."""
        self.at(from_ms, Source.SHAFT, "moving", axis=axis, position_rev=from_rev)
        steps = 10
        for step in range(1, steps + 1):
            share = step / steps
            self.at(
                from_ms + share * (until_ms - from_ms),
                Source.SHAFT,
                "sample",
                axis=axis,
                position_rev=from_rev + share * (to_rev - from_rev),
                speed_rev_s=1.0,
            )
        return self.at(
            until_ms, Source.SHAFT, "standstill", axis=axis, position_rev=to_rev
        )

    def returned(self, ms: float, call: str, outcome: str, error: str = "") -> Self:
        """Answer the caller."""
        return self.at(
            ms, Source.CLIENT, "call-returned", call=call, outcome=outcome, error=error
        )

    def checked_up(self, ms: float, reported_rev: float, witness_rev: float) -> Self:
        """Ask `left` how it is, move it anew, and close it."""
        self.at(ms, Source.JUDGE, "clean", leftovers="", waited_s=0.0)
        for what in ("is_moving", "is_powered"):
            self.at(
                ms + 2, Source.JUDGE, "check", component="left", what=what,
                outcome="returned", error=None, value=False,
            )  # fmt: skip
        self.at(
            ms + 3, Source.JUDGE, "position", component="left", when="after",
            reported_rev=reported_rev, witness_rev=witness_rev,
        )  # fmt: skip
        self.at(
            ms + 4, Source.JUDGE, "check", component="left", what="get_position",
            outcome="returned", error=None, off_rev=abs(reported_rev - witness_rev),
        )  # fmt: skip
        self.at(ms + 5, Source.JUDGE, "asked-anew")
        self.at(
            ms + 200, Source.JUDGE, "next", component="left", outcome="returned",
            error=None, moved=True,
        )  # fmt: skip
        return self.freed(ms + 300)

    def freed(self, ms: float) -> Self:
        """See that the port is free."""
        detail = "the port could be opened again at once"
        return self.at(
            ms, Source.JUDGE, "port", released=True, after_s=0.002, detail=detail
        )


def begun(trigger: str = "client-cancel", moment: str = "cruise") -> Script:
    """A call of `left` that has begun to move axis a, 400 ms before time 0."""
    hosting = "direct" if trigger in ("outer-cancel", "call-timeout-zero") else "grpc"
    script = Script(trigger, moment, hosting).call()
    script.at(
        -420, Source.JUDGE, "position", component="left", when="before",
        reported_rev=0.0, witness_rev=0.0,
    )  # fmt: skip
    script.at(-420, Source.BOARD, "boot", cause="power")
    script.at(-400, Source.JUDGE, "begin")
    return script.motion(-397).drive(-396, 500)


def cancelled(trigger: str = "client-cancel") -> Script:
    """A right component, cancelled at cruise: still after 200 ms and 0.1 rev."""
    script = begun(trigger).at(0, Source.JUDGE, "strike", trigger=trigger)
    script.at(0.4, Source.SERVER, "call-cancelled", call="left#1")
    script.stop(1.5).drive(1.8, 0).turn(-395, 200, 0.0, 0.5)
    script.board_says(220, "stopped").returned(1, "left#1", "cancelled")
    script.at(225, Source.SERVER, "call-ended", call="left#1", outcome="cancelled")
    return script.checked_up(400, 0.5, 0.5)


def undisturbed() -> Script:
    """The reference: 0.8 rev in 800 ms, and nothing ends it early."""
    script = begun("none", "idle").turn(-395, 400, 0.0, TRAVEL_REV).drive(400, 0)
    script.board_says(420, "arrived")
    script.at(421, Source.SERVER, "call-ended", call="left#1", outcome="returned")
    script.returned(422, "left#1", "returned")
    return script.checked_up(530, TRAVEL_REV, TRAVEL_REV)


def preempted() -> Script:
    """A newer motion takes over: the old one is stopped first, then the new begins."""
    script = begun("preempt").at(0, Source.JUDGE, "strike", trigger="preempt")
    script.at(1, Source.SERVER, "call-begun", call="newer").stop(1.5).drive(1.8, 0)
    script.turn(-395, 200, 0.0, 0.5).board_says(220, "stopped")
    script.returned(222, "left#1", "error", "superseded")
    script.at(222, Source.SERVER, "call-ended", call="left#1", outcome="raised")
    script.motion(224, number=2).drive(225, 300).turn(226, 300, 0.5, 0.53)
    script.drive(300, 0).board_says(320, "arrived", number=2)
    return script.returned(322, "newer", "returned").checked_up(450, 0.53, 0.53)


def removed() -> Script:
    """Its process closes the component: it stops, and frees the port."""
    script = begun("remove").at(0, Source.JUDGE, "strike", trigger="remove")
    script.at(0.5, Source.CLIENT, "call-sent", call="remove")
    script.stop(1.5).drive(1.8, 0).turn(-395, 200, 0.0, 0.5)
    script.board_says(220, "stopped").returned(222, "left#1", "error", "shut down")
    script.at(222, Source.SERVER, "call-ended", call="left#1", outcome="raised")
    script.returned(225, "remove", "returned").at(
        400, Source.JUDGE, "clean", leftovers=""
    )
    script.freed(401).at(402, Source.JUDGE, "asked-anew")
    return script.freed(500).at(600, Source.JUDGE, "rest", at_rest=True)


def torn_down() -> Script:
    """The event loop ends: it stops, and the process ends by itself."""
    script = begun("loop-teardown").at(0, Source.JUDGE, "strike")
    script.at(0.5, Source.SERVER, "call-cancelled", call="left#1")
    script.stop(1.5).drive(1.8, 0).turn(-395, 200, 0.0, 0.5)
    script.board_says(220, "stopped").returned(222, "left#1", "error", "gone")
    script.at(222, Source.SERVER, "call-ended", call="left#1", outcome="cancelled")
    script.at(240, Source.JUDGE, "host-ended", exit_code=0)
    return script.freed(400).at(500, Source.JUDGE, "rest", at_rest=True)


def board_was_reset() -> Script:
    """The board is reset, which cuts the drive; the component says so."""
    script = begun("board-reset").at(0, Source.JUDGE, "strike").drive(0.2, 0)
    script.at(0.2, Source.BOARD, "boot", cause="external").board_says(3, "boot")
    script.turn(-395, 200, 0.0, 0.5).returned(5, "left#1", "error", "was reset")
    script.at(4, Source.SERVER, "call-ended", call="left#1", outcome="raised")
    return script.checked_up(400, 0.1, 0.5)  # it counts from where it was reset


def unplugged() -> Script:
    """The port is gone: the lease ends the motion, the component says so."""
    script = begun("unplug").at(0, Source.JUDGE, "strike")
    script.at(-40, Source.BOARD, "command", verb="keep", axis="a", motion=1)
    script.at(0.1, Source.LINK, "unplugged", side="component")
    script.at(2, Source.SERVER, "call-ended", call="left#1", outcome="raised")
    script.returned(3, "left#1", "error", "the port was lost")
    script.at(260, Source.BOARD, "lease-expired", axis="a", motion=1, lease_ms=300)
    script.drive(260, 0).turn(-395, 460, 0.0, 0.7).board_says(470, "stopped")
    script.at(600, Source.JUDGE, "clean", leftovers="")
    script.at(602, Source.JUDGE, "asked-anew")
    return script.freed(700).at(800, Source.JUDGE, "rest", at_rest=True)


def outcome_of(script: Script, law: str) -> Outcome:
    """Return what *law* makes of *script*."""
    return script.judge(law).outcome
