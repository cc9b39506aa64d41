"""A host of one axis on a board whose clock it owns: it places bytes in time."""

from collections.abc import Callable
from typing import Final, TypeAlias

from arduino_actuators.wire import (
    STOP_ALL,
    AxisReport,
    Command,
    HostDecoder,
    Identity,
    Limits,
    Refusal,
    Reply,
    Stats,
    WireError,
    encode_command,
    hello,
    keep,
    limits,
    next_motion,
    state,
    stats,
)
from arduino_actuators.wire import Event as WireEvent
from deadstop.boards.clocked import ClockedBoard
from deadstop.deadman.results import ROUNDING_S
from deadstop.errors import BoardAbsentError, NotAtRestError
from deadstop.trace import Event, Source

__all__ = ["TICK_S", "DeadmanHost", "MakeBoard", "RefusedError", "Tell"]

TICK_S: Final = 0.001  # of the board's control (`firmware/controller/config.h`)
PAUSE_S: Final = 0.003  # three control periods
_BOOT_S: Final = 0.05  # of the AVR without a boot loader; the twin is there at once
_MEASURED_BYTES: Final = 200  # one is then known to 8 ns
_MEASURED_WITHIN_S: Final = 1.0  # at 9600 baud it takes 0.2 s
_ANSWER_S: Final = 0.25  # a line of 256 bytes takes 22 ms
_STEP_S: Final = 0.0005
_REST_S: Final = 3.0  # a shorted motor stands after 0.3 s
_COMES_TO_REST_STEP_S: Final = 0.01


# Powers a board up, which tells what it sees to the callable it is given.
MakeBoard: TypeAlias = Callable[[Callable[[Event], None]], ClockedBoard]

# Hears what is being proven, and how.
Tell: TypeAlias = Callable[[str, str], None]


class RefusedError(Exception):
    """The board refused what it must not refuse."""


class DeadmanHost:
    """Talks to the board and watches the pins of one axis.

    Attributes:
        firmware: what the board says it is.
        limits: of the axis.
        motion: the motion number used last.
    """

    def __init__(self, make: MakeBoard, axis: str) -> None:
        """Power the board up and say hello.

        Raises:
            BoardAbsentError: it does not answer as a board does.
        """
        self._drive: list[tuple[float, int]] = []  # of the axis: stamp, permille
        self._axis = axis
        self._seq = 0
        self._decoder = HostDecoder()
        self._answers: list[Reply | Refusal] = []
        self._last_said = ""
        self.board = make(self._see)
        try:
            self.advance(self.now_s + _BOOT_S)
            self._byte_s = self._measure_byte_s()
            self._meet()
        except BaseException:
            self.close()
            raise

    def _meet(self) -> None:
        try:
            identity = Identity.from_reply(self.ask(hello(self.seq())))
            self.firmware = f"{identity.board} {identity.build}"
            self.limits = Limits.from_reply(self.ask(limits(self.seq(), self._axis)))
            self.motion = self.report().newest
        except (RefusedError, WireError) as error:
            raise BoardAbsentError(f"no board that can be proven: {error}") from error

    def _measure_byte_s(self) -> float:
        """See how long a byte takes to the board, with some that it ignores."""
        began_s = self.now_s
        self.board.put(b"\n" * _MEASURED_BYTES)
        while left_bytes := self.board.queued_bytes:
            if self.now_s > began_s + _MEASURED_WITHIN_S:
                raise BoardAbsentError("the board's line does not take any bytes")
            # The end of the last one is looked for closely.
            self.advance(self.now_s + (_STEP_S / 10 if left_bytes > 1 else ROUNDING_S))
        return (self.now_s - began_s) / _MEASURED_BYTES

    def close(self) -> None:
        """Power off."""
        self.board.close()

    # Time and bytes.

    @property
    def now_s(self) -> float:
        """The present of the board."""
        return self.board.now_s

    def advance(self, t_s: float) -> None:
        """Let time pass up to *t_s*, and hear what was said until then."""
        if t_s > self.now_s:
            self.board.advance(t_s)
        for item in self._decoder.feed(self.board.take()):
            if isinstance(item, Reply | Refusal):
                self._answers.append(item)
            elif isinstance(item, WireEvent):
                self._last_said = " ".join((item.event, *item.fields))

    def seq(self) -> int:
        """Return a new SEQ."""
        self._seq = (self._seq + 1) % 256
        return self._seq

    def put(self, command: Command, *, ending_s: float) -> float:
        """Send *command* so that its last stop bit ends at *ending_s*.

        That is rounded up to what the board can do: returns when it really ends.

        Raises:
            ValueError: it is too late for that, or the line is busy.
        """
        frame = encode_command(command)
        begin_s = ending_s - len(frame) * self._byte_s
        if begin_s < self.now_s - ROUNDING_S:
            raise ValueError(f"{len(frame)} bytes cannot end as early as {ending_s} s")
        self.advance(max(begin_s, self.now_s + ROUNDING_S))
        if self.board.queued_bytes:
            raise ValueError("the line is busy, or slower than it was said to be")
        self.board.put(frame)
        return self.now_s + len(frame) * self._byte_s

    def ending_at(self, phase_s: float, command: Command) -> float:
        """Return the first instant, at this phase of a tick, that *command* can end."""
        crossing_s = len(encode_command(command)) * self._byte_s
        soonest_s = self.now_s + crossing_s + _STEP_S
        return soonest_s + (phase_s - soonest_s) % TICK_S

    def cut_in_the_midst_of(self, command: Command) -> None:
        """Send half of *command*, and lose the other half with the link."""
        frame = encode_command(command)
        self.board.put(frame)
        self.advance(self.now_s + len(frame) / 2 * self._byte_s)
        self.cut()

    def cut(self) -> None:
        """Lose what is on the line, both ways."""
        self.board.unplug()
        self.advance(self.now_s)
        self._decoder = HostDecoder()

    def ask(self, command: Command) -> Reply:
        """Send *command* and wait for its answer.

        Raises:
            RefusedError: it is refused.
            BoardAbsentError: none comes.
        """
        answer = self.attempt(command)
        if isinstance(answer, Refusal):
            why = f"{command.verb} was refused: {answer.code} {answer.code.word}"
            said = f" (it said last: {self._last_said})" if self._last_said else ""
            raise RefusedError(why + said)
        return answer

    def attempt(self, command: Command) -> Reply | Refusal:
        """Send *command* and return its answer, whatever that is.

        Raises:
            BoardAbsentError: none comes.
        """
        self._answers.clear()
        self.board.put(encode_command(command))
        until_s = self.now_s + _ANSWER_S
        while self.now_s < until_s:
            self.advance(self.now_s + _STEP_S)
            for answer in self._answers:
                if answer.seq == command.seq:
                    return answer
        raise BoardAbsentError(
            f"the board did not answer {command.verb} within {_ANSWER_S:g} s"
        )

    # The axis.

    def next_motion(self) -> int:
        """Return a motion number that was never used."""
        self.motion = next_motion(self.motion)
        return self.motion

    def keep(self) -> Command:
        """Return a new renewal of the motion."""
        return keep(self.seq(), self._axis, self.motion)

    def feed(self, seconds: float, every_s: float) -> None:
        """Let time pass, and renew the lease meanwhile."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.ask(self.keep())
            self.advance(min(self.now_s + every_s, until_s))

    def report(self) -> AxisReport:
        """Ask for the state of the axis."""
        return AxisReport.from_reply(self.ask(state(self.seq(), self._axis)))

    def lease_stops(self) -> int:
        """Ask how often the deadman struck, by the board's own count."""
        return Stats.from_reply(self.ask(stats(self.seq()))).lease_stops

    @property
    def said(self) -> str:
        """The last event that the board told of."""
        return self._last_said

    @property
    def driven(self) -> bool:
        """Whether the drive is on at the pins, or off for less than a pause."""
        off_s = self.off_since_s
        return off_s is None or self.now_s - off_s < PAUSE_S

    @property
    def off_since_s(self) -> float | None:
        """Since when the drive is off at the pins; None if it is on."""
        if not self._drive:
            return 0.0
        stamp_s, permille = self._drive[-1]
        return None if permille else stamp_s

    def went_off(self, since_s: float) -> float | None:
        """When the drive first went off at or after *since_s*; None if it did not.

        Off means for good, or for as long as a pause at least: a control loop that
        asks for no drive at all in one of its periods has not stopped the motor.
        """
        for number, (off_s, permille) in enumerate(self._drive):
            if off_s >= since_s and not permille:
                later = self._drive[number:]
                until_s = next((t for t, on in later if on), self.now_s)
                if until_s - off_s >= PAUSE_S:
                    return off_s
        return None

    def came_on(self, since_s: float) -> bool:
        """Whether the drive was on after *since_s*."""
        return any(t > since_s and on for t, on in self._drive)

    def rest(self) -> None:
        """Stop everything, and wait until the shafts stand.

        Raises:
            NotAtRestError: they do not.
        """
        self.board.put(STOP_ALL)
        until_s = self.now_s + _REST_S
        self.advance(self.now_s + _COMES_TO_REST_STEP_S)
        while not self.board.at_rest():
            if self.now_s >= until_s:
                raise NotAtRestError(
                    f"axis {self._axis!r} is not at rest {_REST_S:g} s after the stop "
                    "byte for all axes"
                )
            self.advance(self.now_s + _COMES_TO_REST_STEP_S)
        # Let the board find the standstill too, and say so.
        self.advance(self.now_s + 5 * _COMES_TO_REST_STEP_S)
        del self._drive[:-1]

    def _see(self, event: Event) -> None:
        if (
            event.source is Source.PINS
            and event.kind == "drive"
            and event.data.get("axis") == self._axis
        ):
            self._drive.append((event.t_s, int(event.data["duty_permille"] or 0)))
