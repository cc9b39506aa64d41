"""What a trigger is: one way to end an operation early."""

import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import Final, Protocol

from arduino_actuators.wire import BootCause
from deadstop.caller import Caller, CallOrder
from deadstop.link import LinkKind
from deadstop.moments import Moment
from deadstop.trace import Event, Source

__all__ = [
    "AIMED",
    "IN_MOTION",
    "STARVING",
    "Actor",
    "Ends",
    "Hands",
    "HostFate",
    "Hosting",
    "Stopper",
    "Trigger",
]

# What a trigger that must be set beforehand can aim at, with the reference's clock.
AIMED: Final = frozenset(
    {Moment.ACCELERATING, Moment.CRUISE, Moment.DECELERATING, Moment.ARRIVING}
)
IN_MOTION: Final = frozenset(set(Moment) - {Moment.IDLE, Moment.STEP})
# Where a board may be left alone with its lease.
STARVING: Final = AIMED | {Moment.MID_FRAME, Moment.AWAITING_ACK}


class Hosting(StrEnum):
    """How the component is served while the trigger strikes."""

    GRPC = "grpc"
    DIRECT = "direct"
    MODULE = "module"  # a process of its own making, in the place of `grpc`


class Actor(StrEnum):
    """Who strikes."""

    CALLER = "caller"  # the process that made the call
    OTHER_CALLER = "other-caller"  # another client of the same server
    JUDGE = "judge"  # the harness itself, from outside of the caller's process
    SERVER = "server"  # the component's own, which tells when it does


class Ends(StrEnum):
    """What the trigger ends."""

    CALL = "call"  # the struck call only
    CONNECTION = "connection"  # every call of that client
    COMPONENT = "component"  # what the struck component does, by asking it to
    COMPONENTS = "components"  # what all of them do, by asking each to
    BOARD = "board"  # what carries the calls of one board: its link, or itself
    EVERYTHING = "everything"  # what carries every call: the process
    NOTHING = "nothing"


class Stopper(Enum):
    """Who has to stop what the trigger left in motion."""

    COMPONENT = auto()
    LEASE = auto()  # the board by itself, when its lease is up: nobody can reach it
    RESET = auto()  # the strike itself: a board that was reset drives nothing


class HostFate(Enum):
    """What becomes of the component's process."""

    LIVES = auto()
    FROZEN = auto()  # until the board has stopped by itself
    KILLED = auto()
    ENDS = auto()  # by itself, once its event loop has cleaned up


class Hands(Protocol):
    """What the judge can lay hands on; each act returns at once, from any thread."""

    def kill_caller(self) -> None:
        """Kill the process that made the call."""

    def freeze_caller(self) -> None:
        """Freeze the process that made the call, until the motion is over."""

    def signal_host(self, number: signal.Signals) -> None:
        """Send a signal to the component's process."""

    def call_in_host(self, order: CallOrder) -> None:
        """Have the component's own process make a call, without a client."""

    def terminate_host(self, times: int = 1) -> None:
        """Ask the component's process to end (SIGTERM), once or *times* in a row."""

    def end_host_loop(self) -> None:
        """Let the main coroutine of the component's process return."""

    def reset_board(
        self, component: str, cause: BootCause = BootCause.EXTERNAL
    ) -> None:
        """Reset the board of *component*; by default as by its button."""

    def unplug(self, component: str) -> None:
        """Take the port of *component* away, for good."""


def _no_strike(_: Caller, __: CallOrder) -> None:
    """Do nothing: the trigger was set before the call, or the judge strikes."""


def _no_harm(_: Hands, __: CallOrder) -> None:
    """Do nothing: a caller strikes."""


def _exactly(ends_after_s: float) -> float:
    return ends_after_s


def _no_preparation(_: Caller, order: CallOrder, __: float | None) -> CallOrder:
    return order


@dataclass(frozen=True, slots=True)
class Trigger:
    """One way to end an operation early.

    Attributes:
        name: its name in the catalogue.
        summary: one line for `deadstop run --help` and the report.
        ends: what of the motion it ends.
        moments: when it can strike.
        hosting: how the component is served.
        actor: who strikes.
        strike: does it, in the striker's process, for the struck call. On the
            striker's event loop; it must not wait.
        lead_in: what the caller that strikes does in the turn before, and which is not
            the strike yet.
        harm: does it where the judge strikes, to what it can lay hands on; told the
            struck call.
        prepare: changes the call before it is made (a deadline, a ``timeout=``);
            given the time in seconds at which the operation is to end.
        strikes_after_s: when it strikes, first of all, if it was set to end the
            operation after so many seconds; None if it is told of when it does.
        timed: the end is set before the call, by time: the moment is aimed at
            with the reference motion and read off the trace afterwards.
        caller_lives: whether the caller is there to see the call's outcome.
        unfelt: why no component can know of it; empty if it can. The caller is frozen
            until the motion, which ought to go on, is over.
        expired: the operation is over before it began: nothing may move.
        call: the id of the call that asks the component to end what it does; empty
            for a trigger that needs none.
        takes_over: that call is a newer motion of the same actuator.
        in_steps: that call asks for several things, one after another.
        stopper: who has to stop what is in motion.
        host: what becomes of the component's process.
        exit_codes: with which it may end, where it ends by itself.
        unaskable: why the struck components can be asked nothing afterwards; empty
            if they can.
        needs_process: what it strikes is a process, or a thread of one: it has no
            meaning without.
        keeps_position: whether a position from before still means something.
        streams: it breaks the stream that a call is fed with: for such calls only.
        in_session: the calls of the motion are made in a session.
        in_module: whether it can be done to a component that is a module's: nothing
            of ours is in that process, and its socket knows no TCP.
    """

    name: str
    summary: str
    ends: Ends
    moments: frozenset[Moment] = IN_MOTION
    hosting: Hosting = Hosting.GRPC
    actor: Actor = Actor.CALLER
    strike: Callable[[Caller, CallOrder], None] = field(default=_no_strike)
    lead_in: Callable[[Caller, CallOrder], None] | None = None
    harm: Callable[[Hands, CallOrder], None] = field(default=_no_harm)
    prepare: Callable[[Caller, CallOrder, float | None], CallOrder] = field(
        default=_no_preparation
    )
    strikes_after_s: Callable[[float], float] | None = field(default=_exactly)
    timed: bool = False
    caller_lives: bool = True
    unfelt: str = ""
    expired: bool = False
    call: str = ""
    takes_over: bool = False
    in_steps: bool = False
    stopper: Stopper = Stopper.COMPONENT
    host: HostFate = HostFate.LIVES
    exit_codes: frozenset[int] = frozenset({0})
    unaskable: str = ""
    needs_process: bool = False
    keeps_position: bool = True
    streams: bool = False
    in_session: bool = False
    in_module: bool = True

    @property
    def disturbs(self) -> bool:
        """Whether it strikes at all: the reference does not."""
        return self.ends is not Ends.NOTHING or bool(self.unfelt)

    @property
    def reaches_module(self) -> bool:
        """Whether it means anything to a component that is served by a module."""
        return self.in_module and self.hosting is Hosting.GRPC

    @property
    def starves(self) -> bool:
        """Whether nobody but the board itself is left to stop the motion."""
        return self.stopper is Stopper.LEASE

    @property
    def ends_host(self) -> bool:
        """Whether the component's process is gone afterwards."""
        return self.host in (HostFate.KILLED, HostFate.ENDS)

    def ends_call(self, *, struck: bool, same_board: bool) -> bool:
        """Whether it ends a call of the motion, *struck* or another.

        Args:
            struck: whether it is the one that the trigger is aimed at.
            same_board: whether its component is on the board of that one.
        """
        if self.ends in (Ends.CONNECTION, Ends.COMPONENTS, Ends.EVERYTHING):
            return True
        if self.ends is Ends.BOARD:
            return same_board
        return struck and self.ends is not Ends.NOTHING

    def is_news(self, event: Event, *, inside: bool = True) -> bool:
        """Whether *event* is that the component's process learns of a strike.

        Args:
            event: of the trace.
            inside: whether a probe in that process tells; else this is the last that
                is seen from outside before it learns of it.
        """
        if self.stopper is Stopper.RESET:
            return (
                event.source is Source.LINK
                and event.kind == LinkKind.BOARD_EVENT
                and event.data.get("event") == "boot"
            )
        if not self.call:
            return event.source is Source.SERVER and event.kind == "call-cancelled"
        # Where the call is made in that process itself, no request comes in.
        source, kind = Source.SERVER, "call-begun"
        if self.actor in (Actor.JUDGE, Actor.SERVER):
            source, kind = Source.CLIENT, "call-sent"
        elif not inside:
            source, kind = Source.CLIENT, "request-sent"
        return (
            event.source is source
            and event.kind == kind
            and event.data.get("call") == self.call
        )
