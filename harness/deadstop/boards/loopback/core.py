"""The twin of the firmware as a pure state machine.

It has no thread, no port and no clock: whoever drives it says what time it is. Given
the same bytes at the same instants it does the same, to the last event.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final

from arduino_actuators.wire import (
    AxisNotice,
    AxisState,
    BoardDecoder,
    BoardEvent,
    BootCause,
    BootNotice,
    Cause,
    Comment,
    Message,
    QueryByte,
    Received,
    Refusal,
    Rejected,
    RejectNotice,
    StopByte,
    StopCategory,
    encode_message,
)
from arduino_actuators.wire import (
    Event as WireEvent,
)
from deadstop.boards.loopback.axis import Axis, Shaft
from deadstop.boards.loopback.config import TICK_S, BoardConfig
from deadstop.boards.loopback.interpreter import Interpreter
from deadstop.boards.loopback.witness import Observe, Witness
from deadstop.trace import Event, Scalar, Source

__all__ = ["BoardCore"]

_NUMBERS: Final = 256  # NUM of an event


def _unseen(_event: Event) -> None:
    pass


class BoardCore:
    """One board with its plant; time is seconds and only ever goes forward.

    Attributes:
        mute: True lets it go on but send nothing (an injected fault).
    """

    def __init__(
        self,
        config: BoardConfig,
        plant: Mapping[str, Shaft],
        *,
        t_s: float,
        send: Callable[[float, bytes], None],
        observe: Observe = _unseen,
    ) -> None:
        """Power up at *t_s*.

        Args:
            config: what the board is.
            plant: one shaft for each axis of *config*.
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
        self._axes = {
            name: Axis(name, config, plant[name], self) for name in config.axes
        }
        self._witnesses = {
            name: Witness(name, plant[name], observe) for name in config.axes
        }
        self.mute = False
        self._boot(BootCause.POWER)

    # What the world does to the board.

    def receive(self, data: bytes, t_s: float) -> None:
        """Take bytes whose last stop bit ended at *t_s*."""
        self.advance(t_s)
        for item in self._decoder.feed(data):
            match item:
                case StopByte():
                    self._stop_byte(item.axis)
                case QueryByte():
                    self._query()
                case Received() | Rejected():
                    self._frame(item)

    def advance(self, t_s: float) -> None:
        """Let time pass up to *t_s*.

        Raises:
            ValueError: if *t_s* is in the past.
        """
        if t_s < self._now_s:
            raise ValueError(f"time went back from {self._now_s} s to {t_s} s")
        while (due_s := self.next_wake_s) <= t_s:
            self._ticks_done += 1
            self._pass_time(due_s)
            self._tick(due_s)
        self._pass_time(t_s)
        if not self._active:  # the ticks of an idle board need not be run
            self._ticks_done = math.floor((t_s - self._epoch_s) / TICK_S)

    def reset(self, cause: BootCause, t_s: float) -> None:
        """Reset the board: drive off, session and motions forgotten.

        What it was sending is the sender's to throw away.
        """
        self.advance(t_s)
        for name, axis in self._axes.items():
            before = axis.state
            axis.forget()
            self._witnesses[name].drive(t_s, 0)
            if before is not AxisState.IDLE:
                self.state_changed(t_s, name, AxisState.IDLE)
        self._boot(cause)

    # What can be asked of it.

    @property
    def next_wake_s(self) -> float:
        """When it next does something of its own accord; infinity if never."""
        if not self._active:
            return math.inf
        return self._epoch_s + (self._ticks_done + 1) * TICK_S

    @property
    def at_rest(self) -> bool:
        """Whether every drive is off and every shaft still: the truth of the plant."""
        return not any(
            axis.duty_permille or axis.shaft.speed_rev_s for axis in self._axes.values()
        )

    def axis_state(self, axis: str) -> AxisState:
        """The state of *axis*."""
        return self._axes[axis].state

    def duty_permille(self, axis: str) -> int:
        """The drive applied to *axis* now."""
        return self._axes[axis].duty_permille

    # Bytes that act at once, frames.

    def _stop_byte(self, axis: str | None) -> None:
        self._note("stop-byte", axis=axis or "*")
        hit = self._axes.values() if axis is None else (self._axes[axis],)
        for each in hit:
            each.stop(self._now_s, Cause.BYTE, StopCategory.REMOVE_POWER)

    def _query(self) -> None:
        for name, axis in self._axes.items():
            r = axis.report
            self._send(
                Comment(
                    f"{name} {r.state} motion {r.motion} at {r.position_counts} counts,"
                    f" {r.speed_cps} counts/s, drive {r.duty_permille} permille,"
                    f" cause {r.cause}"
                )
            )

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
                axis=command.axis,
                motion=command.motion,
                seq=command.seq,
            )
        self._send(message)
        answer.act(self._now_s)

    # Time.

    @property
    def _active(self) -> bool:
        return any(axis.running for axis in self._axes.values()) or any(
            witness.watching for witness in self._witnesses.values()
        )

    def _pass_time(self, t_s: float) -> None:
        dt_s = t_s - self._now_s
        if dt_s <= 0.0:
            return
        self._now_s = t_s
        for axis in self._axes.values():
            duty_permille = axis.duty_permille
            if duty_permille or axis.shaft.speed_rev_s:
                axis.shaft.step(dt_s, duty_permille / 1000.0, brake=not duty_permille)

    def _tick(self, t_s: float) -> None:
        for name, axis in self._axes.items():
            witness = self._witnesses[name]
            witness.look(t_s)
            axis.tick(t_s)
            witness.drive(t_s, axis.duty_permille)

    def _boot(self, cause: BootCause) -> None:
        self._decoder = BoardDecoder(self._config.axes)
        self._interpreter = Interpreter(self._config, self._axes)
        self._number = 0
        self._note("boot", cause=cause.value)
        # A reset may have cut a line in half: end it, or it swallows this one.
        self._put(b"\r\n")
        self._tell(BoardEvent.BOOT, BootNotice(cause, self._config.build).fields)

    # What an axis tells (`deadstop.boards.loopback.axis.Listener`).

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
        self._witnesses[axis].drive(t_s, duty_permille)

    def state_changed(self, t_s: float, axis: str, state: AxisState) -> None:
        """Put a change of state on the trace."""
        self._note(
            "state", t_s, axis=axis, state=state.value, motion=self._axes[axis].motion
        )

    def lease_expired(self, t_s: float, axis: str, motion: int, lease_ms: int) -> None:
        """Count a strike of the deadman."""
        self._interpreter.lease_stops += 1
        self._note("lease-expired", t_s, axis=axis, motion=motion, lease_ms=lease_ms)

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
