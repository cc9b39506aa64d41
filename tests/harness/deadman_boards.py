"""Boards with something wrong with their deadman, for the proof of it to find."""

from collections.abc import Callable
from typing import Final

from arduino_actuators.wire import (
    MOTION_VERBS,
    Command,
    Rejected,
    Verb,
    encode_command,
    keep,
    next_motion,
    spin,
)
from arduino_actuators.wire.frames import parse_frame
from deadstop.boards.loopback import BoardConfig
from deadstop.boards.loopback.clocked import ClockedLoopback
from deadstop.trace import Event

__all__ = [
    "Amended",
    "Deaf",
    "NeverAtRest",
    "RenewedByHalfAFrame",
    "Revived",
    "keeps_no_lease",
    "lease_is",
    "renews_nothing",
    "twin",
]

Observe = Callable[[Event], None]


def twin(observe: Observe) -> ClockedLoopback:
    """A board with nothing wrong with it."""
    return ClockedLoopback(t_s=0.0, observe=observe)


class Amended(ClockedLoopback):
    """Carries out other commands than it is given."""

    def __init__(self, observe: Observe, amend: Callable[[Command], Command]) -> None:
        """Power up; *amend* says what is carried out."""
        super().__init__(t_s=0.0, observe=observe)
        self._amend = amend

    def put(self, data: bytes) -> None:
        """Offer something else, if *data* is a whole frame."""
        if data[:1] == b":":
            command = parse_frame(data)
            assert not isinstance(command, Rejected)
            data = encode_command(self._amend(command))
        super().put(data)


def lease_is(other: Callable[[int], int]) -> Callable[[Observe], Amended]:
    """A board with a lease that is *other* than what was asked for, in ms."""

    def amend(command: Command) -> Command:
        if command.verb not in MOTION_VERBS:
            return command
        axis, motion, lease_ms, *rest = command.args
        args = (axis, motion, other(int(lease_ms)), *rest)
        return Command(command.seq, command.verb, args)

    return lambda observe: Amended(observe, amend)


keeps_no_lease: Final = lease_is(lambda _: 2000)  # none that a test waits for


def renews_nothing(observe: Observe) -> Amended:
    """A board that answers every renewal, and forgets it."""

    def amend(command: Command) -> Command:
        if command.verb is not Verb.KEEP:
            return command
        return Command(command.seq, Verb.STATE, command.args[:1])

    return Amended(observe, amend)


class Revived(Amended):
    """Starts anew when a renewal comes too late."""

    def __init__(self, observe: Observe) -> None:
        """Power up."""
        super().__init__(observe, self._start_anew)
        self._renewed_s = 0.0

    def _start_anew(self, command: Command) -> Command:
        silent_s, self._renewed_s = self.now_s - self._renewed_s, self.now_s
        if command.verb is not Verb.KEEP or silent_s < 0.2:
            return command
        motion = next_motion(command.number("motion"))
        return spin(command.seq, "a", motion, 50, 2000)


class RenewedByHalfAFrame(Amended):
    """Takes a renewal for good whose end was lost."""

    def __init__(self, observe: Observe) -> None:
        """Power up."""
        super().__init__(observe, self._remember)
        self._renewal = b""

    def _remember(self, command: Command) -> Command:
        if command.verb is Verb.KEEP and command.axis is not None:
            again = keep((command.seq + 1) % 256, command.axis, command.motion or 0)
            self._renewal = encode_command(again)
        return command

    def unplug(self) -> None:
        """Lose what is on the line, and make of it what should have come."""
        super().unplug()
        ClockedLoopback.put(self, self._renewal)


class Deaf(ClockedLoopback):
    """Answers nothing."""

    def __init__(self, observe: Observe) -> None:
        """Power up."""
        super().__init__(t_s=0.0, observe=observe)
        self.mute(silent=True)


class NeverAtRest(ClockedLoopback):
    """Has a shaft that goes on turning."""

    def __init__(self, observe: Observe) -> None:
        """Power up with one axis."""
        super().__init__(BoardConfig(axes="a"), t_s=0.0, observe=observe)

    def at_rest(self) -> bool:
        """It never is."""
        return False
