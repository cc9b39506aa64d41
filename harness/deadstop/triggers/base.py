"""What a trigger is: one way to end an operation early."""

import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from deadstop.caller import Caller, CallOrder
from deadstop.moments import Moment

__all__ = [
    "AIMED",
    "IN_MOTION",
    "STARVING",
    "Actor",
    "Ends",
    "Hosting",
    "Trigger",
]

# What a trigger that must be set beforehand can aim at, with the reference's clock.
AIMED: Final = frozenset(
    {Moment.ACCELERATING, Moment.CRUISE, Moment.DECELERATING, Moment.ARRIVING}
)
IN_MOTION: Final = frozenset(set(Moment) - {Moment.IDLE})
# Where a board may be left alone with its lease.
STARVING: Final = AIMED | {Moment.MID_FRAME, Moment.AWAITING_ACK}


class Hosting(StrEnum):
    """How the component is served while the trigger strikes."""

    GRPC = "grpc"
    DIRECT = "direct"


class Actor(StrEnum):
    """Who strikes."""

    CALLER = "caller"  # the process that made the call
    OTHER_CALLER = "other-caller"  # another client of the same server
    JUDGE = "judge"  # the harness itself, from outside of the caller's process


class Ends(StrEnum):
    """What the trigger ends."""

    CALL = "call"  # the struck call only
    CONNECTION = "connection"  # every call of that client
    COMPONENT = "component"  # what the struck component does, by asking it to
    NOTHING = "nothing"


def _no_strike(_: Caller, __: CallOrder) -> None:
    """Do nothing: the trigger was set before the call, or the judge strikes."""


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
        prepare: changes the call before it is made (a deadline, a ``timeout=``);
            given the time in seconds at which the operation is to end.
        timed: the end is set before the call, by time: the moment is aimed at
            with the reference motion and read off the trace afterwards.
        caller_lives: whether the caller is there to see the call's outcome.
        expired: the operation is over before it began: nothing may move.
        host_signal: sent to the component's own process by the judge; None for a
            trigger that leaves that process alone.
    """

    name: str
    summary: str
    ends: Ends
    moments: frozenset[Moment] = IN_MOTION
    hosting: Hosting = Hosting.GRPC
    actor: Actor = Actor.CALLER
    strike: Callable[[Caller, CallOrder], None] = field(default=_no_strike)
    prepare: Callable[[Caller, CallOrder, float | None], CallOrder] = field(
        default=_no_preparation
    )
    timed: bool = False
    caller_lives: bool = True
    expired: bool = False
    host_signal: signal.Signals | None = None

    @property
    def kills_host(self) -> bool:
        """Whether the component's process is gone afterwards."""
        return self.host_signal is signal.SIGKILL

    @property
    def starves(self) -> bool:
        """Whether nobody but the board itself is left to stop the motion."""
        return self.host_signal is not None
