"""The twin of the firmware as a pure state machine.

It has no thread, no port and no clock: whoever drives it says what time it is. Given
the same bytes at the same instants it does the same, to the last event.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from arduino_actuators.wire import (
    CLOCK_US,
    AxisNotice,
    AxisState,
    BoardDecoder,
    BoardEvent,
    BootCause,
    BootNotice,
    Cause,
    ClockReading,
    Comment,
    Message,
    QueryByte,
    Received,
    Refusal,
    Rejected,
    RejectNotice,
    StopByte,
    StopCategory,
    Verb,
    encode_message,
)
from arduino_actuators.wire import (
    Event as WireEvent,
)
from deadstop.boards.loopback.axis import Shaft
from deadstop.boards.loopback.config import TICK_S, BoardConfig, Shield
from deadstop.boards.loopback.drives import Drives
from deadstop.boards.loopback.interpreter import Interpreter
from deadstop.boards.loopback.joints import JointDrives
from deadstop.boards.loopback.motors import MotorDrives
from deadstop.boards.loopback.witness import Observe
from deadstop.plant import Stepper
from deadstop.trace import Event, Scalar, Source

__all__ = ["BoardCore", "Plant"]

Plant: TypeAlias = Mapping[str, Shaft] | Mapping[str, Stepper]

_US: Final = 1e6
_NUMBERS: Final = 256  # NUM of an event
_OF_ALL_AXES: Final = frozenset({Verb.LINE, Verb.VIA})


def _unseen(_event: Event) -> None:
    pass


class BoardCore:
    """One board with its plant; time is seconds and only ever goes forward.

    The plant is brought to the present by each tick, by each byte that means something
    and by `catch_up`, never by `advance` alone: how a caller cuts time into steps has
    no influence on what happens, to the last bit.

    Attributes:
        mute: True lets it go on but send nothing (an injected fault).
        next_wake_s: when it next does something of its own accord; infinity if never.
    """

    def __init__(
        self,
        config: BoardConfig,
        plant: Plant,
        *,
        t_s: float,
        send: Callable[[float, bytes], None],
        observe: Observe = _unseen,
    ) -> None:
        """Power up at *t_s*.

        Args:
            config: what the board is.
            plant: one shaft, or stepper, for each axis of *config*.
            t_s: the present.
            send: called with the instant and the bytes of each line to the host.
            observe: called with each event for the trace.
        """
        self._config = config
        self._send_bytes = send
        self._observe = observe
        self._epoch_s = t_s
        self._ticks_done = 0
        self._now_s = t_s
        self._drives = self._make_drives(config, plant)
        self.mute = False
        self.next_wake_s = math.inf
        self._boot(BootCause.POWER)

    def _make_drives(self, config: BoardConfig, plant: Plant) -> Drives:
        now_s, observe = self._now_s, self._observe
        if config.shield is Shield.CNC:
            joints = {n: each for n, each in plant.items() if isinstance(each, Stepper)}
            return JointDrives(
                config, joints, t_s=now_s, listener=self, observe=observe
            )
        shafts = {n: each for n, each in plant.items() if not isinstance(each, Stepper)}
        return MotorDrives(config, shafts, t_s=now_s, listener=self, observe=observe)

    # What the world does to the board.

    def receive(self, data: bytes, t_s: float) -> None:
        """Take bytes whose last stop bit ended at *t_s*."""
        self.advance(t_s)
        items = self._decoder.feed(data)
        if not items:
            return
        self.catch_up()
        for item in items:
            match item:
                case StopByte():
                    self._stop_byte(item.axis)
                case QueryByte():
                    self._query()
                case Received() | Rejected():
                    self._frame(item)
        self._foresee()

    def advance(self, t_s: float) -> None:
        """Let time pass up to *t_s*.

        Raises:
            ValueError: if *t_s* is in the past.
        """
        if t_s < self._now_s:
            raise ValueError(f"time went back from {self._now_s} s to {t_s} s")
        while (due_s := self.next_wake_s) <= t_s:
            self._now_s = due_s
            self._ticks_done += 1
            self._drives.tick(due_s)
            self._foresee()
        self._now_s = t_s

    def reset(self, cause: BootCause, t_s: float) -> None:
        """Reset the board: drive off, session and motions forgotten.

        What it was sending is the sender's to throw away.
        """
        self.advance(t_s)
        self.catch_up()
        self._drives.forget()
        for name, axis in self._drives.axes.items():
            before = axis.state
            axis.forget()
            self._drives.drive_changed(t_s, name, 0)
            if before is not AxisState.IDLE:
                self.state_changed(t_s, name, AxisState.IDLE)
        self._boot(cause)
        self._foresee()

    def catch_up(self) -> None:
        """Bring the plant to the present, to lay hands on it."""
        self._drives.catch_up(self._now_s)

    # What can be asked of it.

    @property
    def at_rest(self) -> bool:
        """Whether every drive is off and every shaft still: the truth of the plant."""
        return self._drives.is_at_rest(self._now_s)

    def position_rev(self, axis: str) -> float:
        """True angle of the shaft of *axis*, in revolutions."""
        return self._drives.position_rev(self._now_s, axis)

    def axis_state(self, axis: str) -> AxisState:
        """The state of *axis*."""
        return self._drives.axes[axis].state

    def duty_permille(self, axis: str) -> int:
        """The drive applied to *axis* now."""
        return self._drives.axes[axis].duty_permille

    # Bytes that act at once, frames.

    def _stop_byte(self, axis: str | None) -> None:
        self._note("stop-byte", axis=axis or "*")
        self._drives.stop(self._now_s, axis, Cause.BYTE, StopCategory.REMOVE_POWER)

    def _query(self) -> None:
        passed_us = math.floor((self._now_s - self._booted_s) * _US)
        self._send(ClockReading(passed_us % CLOCK_US).comment)
        for name, axis in self._drives.axes.items():
            self._send(Comment(" ".join((name, *axis.report.fields))))

    def _frame(self, item: Received | Rejected) -> None:
        if isinstance(item, Rejected) and item.seq is None:
            self._interpreter.rejected += 1
            self._note("refused", code=int(item.code), name=item.code.word)
            self._tell(BoardEvent.REJECT, RejectNotice(item.code).fields)
            return
        answer = self._interpreter.answer(item)
        message, command = answer.message, answer.command
        if isinstance(message, Refusal):
            self._note("refused", code=int(message.code), name=message.code.word)
        elif command is not None:
            self._note(
                "command",
                verb=command.verb.value,
                axis="*" if command.verb in _OF_ALL_AXES else command.axis,
                motion=command.motion,
                seq=command.seq,
            )
        self._send(message)
        answer.act(self._now_s)

    # Time.

    def _foresee(self) -> None:
        """Set the next tick, or none if there is nothing to control or to see."""
        if not self._drives.busy:
            self.next_wake_s = math.inf
            return
        if self.next_wake_s == math.inf:  # the ticks of an idle board are not run
            self._ticks_done = math.floor((self._now_s - self._epoch_s) / TICK_S)
        self.next_wake_s = self._epoch_s + (self._ticks_done + 1) * TICK_S

    def _boot(self, cause: BootCause) -> None:
        self._booted_s = self._now_s
        self._decoder = BoardDecoder(
            self._config.axes, shared_power=self._drives.shared_power
        )
        self._interpreter = Interpreter(self._config, self._drives)
        self._number = 0
        self._note("boot", cause=cause.value)
        # A reset may have cut a line in half: end it, or it swallows this one.
        self._put(b"\r\n")
        self._tell(BoardEvent.BOOT, BootNotice(cause, self._config.build).fields)

    # What an axis tells (`deadstop.boards.loopback.axis_base.Listener`).

    def notice(self, t_s: float, notice: AxisNotice) -> None:
        """Send an event of an axis."""
        if not self.mute:
            self._note(
                "event",
                t_s,
                event=notice.event.value,
                axis=notice.axis,
                motion=notice.motion,
                cause=notice.cause.value if notice.cause else None,
            )
        self._tell(notice.event, notice.fields)

    def drive_changed(self, t_s: float, axis: str, duty_permille: int) -> None:
        """Let the witness see the pins."""
        self._drives.drive_changed(t_s, axis, duty_permille)

    def state_changed(self, t_s: float, axis: str, state: AxisState) -> None:
        """Put a change of state on the trace."""
        motion = self._drives.axes[axis].motion
        self._note("state", t_s, axis=axis, state=state.value, motion=motion)

    def lease_expired(self, t_s: float, axes: str, motion: int, lease_ms: int) -> None:
        """Count a strike of the deadman."""
        self._interpreter.lease_stops += 1
        for axis in axes:
            self._note(
                "lease-expired", t_s, axis=axis, motion=motion, lease_ms=lease_ms
            )

    # Words.

    def _tell(self, event: BoardEvent, fields: tuple[str, ...]) -> None:
        self._send(WireEvent(self._number, event, fields))
        self._number = (self._number + 1) % _NUMBERS

    def _send(self, message: Message) -> None:
        self._put(encode_message(message))

    def _put(self, data: bytes) -> None:
        if not self.mute:
            self._send_bytes(self._now_s, data)

    def _note(self, kind: str, t_s: float | None = None, **data: Scalar) -> None:
        stamp_s = self._now_s if t_s is None else t_s
        self._observe(Event(stamp_s, Source.BOARD, kind, data))
