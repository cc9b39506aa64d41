"""A scripted board on a pty: it logs what it hears and moves when told to."""

import asyncio
import contextlib
import os
import pty
import select
import time
import tty
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from arduino_actuators.wire import (
    MOTION_VERBS,
    SESSION_VERBS,
    AxisReport,
    AxisState,
    BoardDecoder,
    BoardEvent,
    Cause,
    Command,
    ErrorCode,
    Event,
    Identity,
    Limits,
    Message,
    Received,
    Refusal,
    Rejected,
    Reply,
    StopByte,
    StopCategory,
    Verb,
    encode_message,
    is_newer,
)


@dataclass
class ScriptedAxis:
    """What the board knows of one axis."""

    state: AxisState = AxisState.IDLE
    motion: int = 0
    newest: int = 0
    position_counts: int = 0
    cause: Cause = Cause.NONE
    lease: asyncio.TimerHandle | None = None
    lease_s: float = 0.0


class ScriptedBoard:
    """Moves for ever, until `arrive`, a stop, or the lease.

    Attributes:
        log: what was heard, in order: "A" for a stop byte, "move a 1 ..." for a frame.
        mute: how many answers to a verb to swallow.
        last_read_s: when something was last found to read, CLOCK_MONOTONIC.
        stop_takes_s: from a stop to standstill; None is for ever.
    """

    def __init__(self, axes: str = "ab", max_lease_ms: int = 2000) -> None:
        """Open the pty; needs a running loop."""
        self.log: list[str] = []
        self.limits = self.limits_of(max_lease_ms)
        self.axes = {axis: ScriptedAxis() for axis in axes}
        self.mute: Counter[Verb] = Counter()
        self.mute_events: Counter[BoardEvent] = Counter()
        self.refuse: dict[Verb, ErrorCode] = {}
        self.last_read_s = 0.0
        self.deaf = False
        self.stop_takes_s: float | None = 0.0
        self.session = False
        self.event_number = 0
        self._loop = asyncio.get_running_loop()
        self._heard = asyncio.Event()
        self._last: tuple[bytes, bytes] | None = None
        self._decoder = BoardDecoder(axes)
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        os.set_blocking(self._slave, False)
        self.path = os.ttyname(self._slave)
        self.plugged = True
        self.listen()

    @staticmethod
    def limits_of(max_lease_ms: int) -> Limits:
        """Return what it allows."""
        return Limits(64_000, 640_000, 1_000_000, 50, max_lease_ms)

    def listen(self) -> None:
        """Read what the host sends."""
        self._loop.add_reader(self._master, self._read)

    def stop_listening(self) -> None:
        """Leave what the host sends in the pty, as a board that is busy does."""
        self._loop.remove_reader(self._master)

    def write_as_host(self, data: bytes) -> None:
        """Write to the port as bare as can be."""
        os.write(self._slave, data)

    def fill_port(self) -> None:
        """Leave no room for a byte on the way from the host."""
        self.stop_listening()
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(self._slave, b"#" * 4096)

    def unplug(self) -> None:
        """Take the port away."""
        if self.plugged:
            self.plugged = False
            self.stop_listening()
            self.close_descriptors()
        for axis in self.axes.values():
            if axis.lease is not None:
                axis.lease.cancel()

    def close_descriptors(self) -> None:
        """Close both ends of the pty; enough where the loop has ended."""
        os.close(self._master)
        os.close(self._slave)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.unplug()

    def frames(self, *verbs: Verb) -> list[str]:
        """The frames heard, of *verbs* only if any are given."""
        words = {verb.value for verb in verbs}
        frames = [entry for entry in self.log if len(entry) > 1]
        return [f for f in frames if not words or f.split()[0] in words]

    async def wait_heard(self, condition: Callable[[list[str]], bool]) -> None:
        """Wait until the log meets *condition*."""
        async with asyncio.timeout(5):
            while not condition(self.log):
                self._heard.clear()
                await self._heard.wait()

    async def wait_frame(self, start: str) -> None:
        """Wait for a frame that begins with *start*."""
        await self.wait_heard(lambda log: any(e.startswith(start) for e in log))

    def arrive(self, letter: str, position_counts: int = 0) -> None:
        """Let the axis reach its target."""
        axis = self.axes[letter]
        axis.position_counts = position_counts
        self._end(letter, Cause.ARRIVED)
        self.tell(BoardEvent.ARRIVED, letter, axis.motion, position_counts)

    def fault(self, letter: str) -> None:
        """Let the shaft of the axis be stuck."""
        self._end(letter, Cause.FAULT, AxisState.FAULTED)
        axis = self.axes[letter]
        position = axis.position_counts
        self.tell(BoardEvent.FAULT, letter, axis.motion, 1, "stall", position)

    def reset(self, *, told: bool = True) -> None:
        """Boot anew, with or without the event that says so."""
        for letter, axis in self.axes.items():
            if axis.lease is not None:
                axis.lease.cancel()
            self.axes[letter] = ScriptedAxis()
        self.session = False
        self._last = None
        if told:
            self.event_number = 0
            self.tell(BoardEvent.BOOT, "brownout", "test")

    def tell(self, event: BoardEvent, *fields: object) -> None:
        """Send an event."""
        number, self.event_number = self.event_number, (self.event_number + 1) % 256
        if self.mute_events[event]:
            self.mute_events[event] -= 1
            return
        self.send(Event(number, event, tuple(map(str, fields))))

    def send(self, message: Message) -> None:
        """Send a line."""
        self.write(encode_message(message))

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if self.plugged:
            os.write(self._master, data)

    def read_within_this_turn(self, until: bytes) -> bytes:
        """Block the event loop until *until* has arrived; return what was unread."""
        data = b""
        while until not in data:
            ready, _, _ = select.select([self._master], [], [], 2)
            assert ready, f"no {until!r} came; unread were {data!r}"
            data += os.read(self._master, 65536)
        return data

    def stop_heard(self) -> None:
        """A stop byte was read: for who wants to know at once."""

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            self.last_read_s = time.monotonic()
            data = os.read(self._master, 4096)
            for item in self._decoder.feed(data):
                self._hear(item)
        self._heard.set()

    def _hear(self, item: object) -> None:
        if isinstance(item, StopByte):
            self.log.append((item.axis or "!").upper())
            self.stop_heard()
            if not self.deaf:
                for letter in self.axes if item.axis is None else [item.axis]:
                    self._stop(letter, Cause.BYTE)
        elif isinstance(item, Received):
            command = item.command
            self.log.append(" ".join([command.verb, *map(str, command.args)]))
            if not self.deaf:
                self._answer(item, command)
        elif isinstance(item, Rejected):
            self.log.append(f"rejected {item.code.word}")
            if item.seq is None:
                self.tell(BoardEvent.REJECT, item.code.value, item.code.word)
        else:
            self.log.append("?")

    def _answer(self, item: Received, command: Command) -> None:
        if self._last is not None and self._last[0] == item.raw:
            answer = self._last[1]
        else:
            result = self._carry_out(item, command)
            message: Message = (
                Refusal(command.seq, result)
                if isinstance(result, ErrorCode)
                else Reply(command.seq, tuple(map(str, result)))
            )
            answer = encode_message(message)
            self._last = (item.raw, answer)
        if self.mute[command.verb]:
            self.mute[command.verb] -= 1
        else:
            self.write(answer)

    def _carry_out(  # noqa: C901, PLR0911, PLR0912 - one branch a verb
        self, item: Received, command: Command
    ) -> tuple[object, ...] | ErrorCode:
        if command.verb in self.refuse:
            return self.refuse[command.verb]
        letter = command.axis or "a"
        axis = self.axes[letter]
        if command.verb in SESSION_VERBS and not self.session:
            return ErrorCode.NO_SESSION
        if command.verb in MOTION_VERBS:
            fresh = is_newer(command.number("motion"), axis.newest)
            if fresh:
                axis.newest = command.number("motion")
            if item.overtaken:
                return ErrorCode.OVERTAKEN
            if axis.state is AxisState.FAULTED:
                return ErrorCode.FAULTED
            if not fresh:
                return ErrorCode.STALE_MOTION
            return self._move(letter, axis, command)
        match command.verb:
            case Verb.HELLO:
                self.session = True
                axes = "".join(self.axes)
                return Identity(1, "scripted", "test", axes).fields
            case Verb.LIMITS:
                return self.limits.fields
            case Verb.STATE:
                duty = 500 if axis.state is AxisState.MOVING else 0
                return AxisReport(
                    axis.state,
                    axis.motion,
                    axis.position_counts,
                    0,
                    duty,
                    axis.cause,
                    axis.newest,
                ).fields
            case Verb.KEEP:
                running = axis.state in (
                    AxisState.MOVING,
                    AxisState.STOPPING,
                    AxisState.HOLDING,
                )
                if not running or command.number("motion") != axis.motion:
                    return ErrorCode.NOT_RUNNING
                self._feed(letter)
                return (axis.motion,)
            case Verb.STOP:
                motion = command.number("motion")
                if motion and is_newer(axis.motion, motion):
                    return ErrorCode.STALE_MOTION
                if axis.state in (AxisState.MOVING, AxisState.STOPPING):
                    self._stop(letter, Cause.STOP, command.number("category"))
                return (axis.motion, axis.position_counts)
            case Verb.ZERO:
                axis.position_counts = command.number("position_counts")
                return (axis.position_counts,)
            case Verb.CLEAR:
                axis.state = AxisState.IDLE
                return (axis.state,)
            case Verb.STATS:
                return (1, 0, 0, 0, 0)
            case _:
                return ErrorCode.UNKNOWN_VERB

    def _move(
        self, letter: str, axis: ScriptedAxis, command: Command
    ) -> tuple[object, ...]:
        if axis.state is AxisState.MOVING:
            position = axis.position_counts
            self.tell(BoardEvent.STOPPED, letter, axis.motion, "superseded", position)
        axis.motion = command.number("motion")
        axis.state = AxisState.MOVING
        axis.cause = Cause.NONE
        axis.lease_s = command.number("lease_ms") / 1000
        self._feed(letter)
        self._loop.call_soon(
            self.tell, BoardEvent.STARTED, letter, axis.motion, axis.position_counts
        )
        return (axis.motion,)

    def _feed(self, letter: str) -> None:
        axis = self.axes[letter]
        if axis.lease is not None:
            axis.lease.cancel()
        axis.lease = self._loop.call_later(
            axis.lease_s, self._stop, letter, Cause.LEASE
        )

    def _stop(self, letter: str, cause: Cause, category: int = 0) -> None:
        axis = self.axes[letter]
        if axis.state is AxisState.MOVING:
            axis.state = AxisState.STOPPING
            axis.cause = cause
            position = axis.position_counts
            self.tell(
                BoardEvent.STOPPING, letter, axis.motion, cause, category, position
            )
            if self.stop_takes_s is not None:
                self._loop.call_later(
                    self.stop_takes_s, self._stand, letter, axis.motion, category
                )
        elif cause is Cause.LEASE and axis.state is AxisState.HOLDING:
            axis.state = AxisState.IDLE
        elif axis.state is not AxisState.STOPPING:
            position = axis.position_counts
            self.tell(BoardEvent.STOPPED, letter, axis.motion, cause, position)

    def _stand(self, letter: str, motion: int, category: int) -> None:
        axis = self.axes[letter]
        if axis.motion != motion or axis.state is not AxisState.STOPPING:
            return
        hold = category == StopCategory.RAMP_THEN_HOLD
        self._end(letter, axis.cause, AxisState.HOLDING if hold else AxisState.IDLE)
        self.tell(BoardEvent.STOPPED, letter, motion, axis.cause, axis.position_counts)

    def _end(
        self, letter: str, cause: Cause, state: AxisState = AxisState.IDLE
    ) -> None:
        axis = self.axes[letter]
        axis.state = state
        axis.cause = cause
        if axis.lease is not None and state is not AxisState.HOLDING:
            axis.lease.cancel()
