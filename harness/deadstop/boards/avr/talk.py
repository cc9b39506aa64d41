"""What a board says of itself, read off its wires by somebody who trusts neither end.

The chip's own state is not looked at: what the trace tells of commands, events and
states is what a host could have known.
"""

from collections.abc import Callable
from typing import Final

from arduino_actuators.wire import (
    MOTION_VERBS,
    TRANSITIONS,
    AxisEvent,
    AxisNotice,
    AxisState,
    BoardDecoder,
    BoardEvent,
    Cause,
    Command,
    Event,
    HostDecoder,
    Received,
    Refusal,
    RejectNotice,
    Reply,
    StopByte,
    StopCategory,
    Verb,
    WireError,
)
from deadstop.trace import Scalar

__all__ = ["Note", "TalkWitness"]

# Called with cycle, kind and facts of what is to be on the trace.
Note = Callable[[int, str, dict[str, Scalar]], None]

_ALL: Final = "*"
_WHATEVER_RUNS: Final = 0  # the motion that a `stop` names if it does not care
_ENDINGS: Final = {
    BoardEvent.ARRIVED: AxisEvent.ARRIVED,
    BoardEvent.STOPPING: AxisEvent.STOP,
    BoardEvent.FAULT: AxisEvent.FAULT,
}


class _Axis:
    """What is known of one axis."""

    def __init__(self) -> None:
        self.state = AxisState.IDLE
        self.motion = 0
        self.lease_ms = 0
        self.in_line = False  # the motion is one of all axes
        self.category = StopCategory.REMOVE_POWER


class TalkWitness:
    """Follows the talk between a host and a board, from power-up on.

    Attributes:
        mute: True while nothing of what the board sends arrives: what it then tells
            of its motions is not noted, as nobody was told.
    """

    def __init__(self, axes: str, note: Note) -> None:
        """Know nothing yet.

        Args:
            axes: the letters of the board's axes.
            note: called in the order of the bytes.
        """
        self.mute = False
        self._axes_names = axes
        self._note = note
        self._cycle = 0
        self._forget()

    def reset(self, cycle: int) -> None:
        """See that the board was reset: it forgets all, its axes are idle."""
        self._cycle = cycle
        for name, axis in self._axes.items():
            if axis.state is not AxisState.IDLE:
                self._tell_state(name, AxisState.IDLE, 0)
        self._forget()

    def to_board(self, byte: int, cycle: int) -> None:
        """See a byte whose stop bit ended at *cycle* at the board."""
        self._cycle = cycle
        for item in self._board.feed(bytes((byte,))):
            match item:
                case StopByte():
                    self._tell("stop-byte", axis=item.axis or _ALL)
                case Received() if item.raw != self._answered:  # else it is a repeat
                    self._asked[item.command.seq] = (item.command, item.raw)
                case _:  # `?`, and what will be refused
                    pass

    def to_host(self, byte: int, cycle: int) -> None:
        """See a byte whose stop bit ended at *cycle* at the host."""
        self._cycle = cycle
        for item in self._host.feed(bytes((byte,))):
            match item:
                case Reply():
                    self._reply(item.seq)
                case Refusal():
                    self._answered = self._asked.pop(item.seq, (None, b""))[1]
                    self._tell("refused", code=int(item.code), name=item.code.word)
                case Event():
                    try:
                        self._event(item)
                    except WireError:  # a board that garbles its words is no crash
                        continue
                case _:  # comments, and nonsense
                    pass

    def _forget(self) -> None:
        self._board = BoardDecoder(self._axes_names)
        self._host = HostDecoder()
        self._asked: dict[int, tuple[Command, bytes]] = {}
        self._answered = b""
        self._axes = {name: _Axis() for name in self._axes_names}

    def _reply(self, seq: int) -> None:
        if seq not in self._asked:
            return
        command, self._answered = self._asked.pop(seq)
        self._tell(
            "command",
            verb=command.verb.value,
            axis=_ALL if self._is_for_all(command) else command.axis,
            motion=command.motion,
            seq=command.seq,
        )
        in_line = command.verb is Verb.LINE
        names = self._axes_names if in_line else command.axis or ""
        for name in names:
            if command.verb in MOTION_VERBS:
                axis = self._axes[name]
                axis.motion = command.number("motion")
                axis.lease_ms = command.number("lease_ms")
                axis.in_line = in_line
                self._enter(name, AxisEvent.MOTION)
            elif command.verb is Verb.CLEAR:
                self._enter(name, AxisEvent.CLEAR)

    def _is_for_all(self, command: Command) -> bool:
        """Whether *command* means a motion of `line`, which all axes have together."""
        if command.verb in (Verb.LINE, Verb.VIA):
            return True
        axis = self._axes.get(command.axis or "")
        return (
            command.verb in (Verb.KEEP, Verb.STOP)
            and axis is not None
            and axis.in_line
            and command.motion in (axis.motion, _WHATEVER_RUNS)
        )

    def _event(self, item: Event) -> None:
        if item.event is BoardEvent.BOOT:
            return  # the reset itself was seen
        if item.event is BoardEvent.REJECT:
            code = RejectNotice.from_event(item).code
            self._tell("refused", code=int(code), name=code.word)
            return
        notice = AxisNotice.from_event(item)
        axis = self._axes.get(notice.axis)
        if axis is None:
            return
        if notice.event is BoardEvent.STOPPING:
            axis.category = notice.category or StopCategory.REMOVE_POWER
            if notice.cause is Cause.LEASE:
                self._tell(
                    "lease-expired",
                    axis=notice.axis,
                    motion=notice.motion,
                    lease_ms=axis.lease_ms,
                )
        if notice.event in _ENDINGS:
            self._enter(notice.axis, _ENDINGS[notice.event])
        elif (
            notice.event is BoardEvent.STOPPED
            and notice.cause is not Cause.SUPERSEDED
            and axis.state is AxisState.STOPPING
        ):
            hold = axis.category is StopCategory.RAMP_THEN_HOLD
            self._enter(
                notice.axis,
                AxisEvent.STANDSTILL_HOLD if hold else AxisEvent.STANDSTILL,
            )
        if not self.mute:
            self._tell(
                "event",
                event=notice.event.value,
                axis=notice.axis,
                motion=notice.motion,
                cause=notice.cause.value if notice.cause else None,
            )

    def _enter(self, name: str, event: AxisEvent) -> None:
        axis = self._axes[name]
        state = TRANSITIONS.get((axis.state, event), axis.state)
        if state is not axis.state:
            axis.state = state
            self._tell_state(name, state, axis.motion)

    def _tell_state(self, axis: str, state: AxisState, motion: int) -> None:
        self._tell("state", axis=axis, state=state.value, motion=motion)

    def _tell(self, kind: str, **data: Scalar) -> None:
        self._note(self._cycle, kind, data)
