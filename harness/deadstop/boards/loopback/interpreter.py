"""What the board does with a frame: checks, session, repeats, answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from arduino_actuators.wire import (
    MOTION_VERBS,
    PROTOCOL_VERSION,
    SESSION_VERBS,
    SIGNATURES,
    AxisState,
    Cause,
    Command,
    ErrorCode,
    Identity,
    Received,
    Refusal,
    Rejected,
    Reply,
    Stats,
    StopCategory,
    Verb,
    is_newer,
)
from deadstop.boards.loopback.axis import Axis
from deadstop.boards.loopback.config import BoardConfig

__all__ = ["Answer", "Interpreter"]

_INT32: Final = range(-(2**31), 2**31)
_CHECKSUM_BYTES: Final = 4


class _RefusedError(Exception):
    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.word)
        self.code = code


def _nothing(_t_s: float) -> None:
    pass


_Act: TypeAlias = Callable[[float], None]
_Outcome: TypeAlias = tuple[tuple[str, ...], _Act]


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send, and what to do as soon as that is on its way.

    Attributes:
        message: the reply or the refusal.
        command: what was accepted; None if it is refused or a repeat.
        act: takes the time; events that follow from the command come from it.
    """

    message: Reply | Refusal
    command: Command | None
    act: _Act = _nothing


class Interpreter:
    """One board's session: from power-up or reset on.

    Attributes:
        frames: how many had a true checksum.
        rejected: how many had not.
        lease_stops: how often the deadman struck.
    """

    def __init__(self, config: BoardConfig, axes: Mapping[str, Axis]) -> None:
        """Begin without a session."""
        self._config = config
        self._axes = axes
        self._in_session = False
        self._last_frame = (-1, b"")
        self._last_answer: Reply | Refusal | None = None
        self.frames = 0
        self.rejected = 0
        self.lease_stops = 0

    def answer(self, item: Received | Rejected) -> Answer:
        """Judge a frame that has a SEQ, in the order of section 7."""
        self.frames += 1
        frame = _seq_and_checksum(item.raw)
        if frame == self._last_frame and self._last_answer is not None:
            return Answer(self._last_answer, None)
        answer = self._judge(item)
        self._last_frame = frame
        self._last_answer = answer.message
        return answer

    def stop_all(self, t_s: float, cause: Cause, category: StopCategory) -> None:
        """Stop every axis."""
        for axis in self._axes.values():
            axis.stop(t_s, cause, category)

    def _judge(self, item: Received | Rejected) -> Answer:
        if isinstance(item, Rejected):
            seq, _ = _seq_and_checksum(item.raw)
            return Answer(Refusal(seq, item.code), None)
        command = item.command
        fresh = self._use_up(command)
        try:
            _require(
                self._in_session or command.verb not in SESSION_VERBS,
                ErrorCode.NO_SESSION,
            )
            _require(not item.overtaken, ErrorCode.OVERTAKEN)
            fields, act = self._carry_out(command, fresh=fresh)
        except _RefusedError as refused:
            return Answer(Refusal(command.seq, refused.code), None)
        return Answer(Reply(command.seq, fields), command, act)

    def _use_up(self, command: Command) -> bool:
        """Use up the number of a motion, carried out or not; say if it was fresh.

        A frame that was refused could else start it when a copy of it comes late.
        """
        if command.axis is None or command.verb not in MOTION_VERBS:
            return False
        axis = self._axes[command.axis]
        motion = command.number("motion")
        fresh = is_newer(motion, axis.newest)
        if fresh:
            axis.newest = motion
        return fresh

    def _carry_out(self, command: Command, *, fresh: bool) -> _Outcome:
        if command.axis is None:
            return self._for_the_board(command)
        axis = self._axes[command.axis]
        if command.verb not in MOTION_VERBS:
            return _FOR_AN_AXIS[command.verb](axis, command)
        motion = command.number("motion")
        _require(axis.state is not AxisState.FAULTED, ErrorCode.FAULTED)
        _require(fresh, ErrorCode.STALE_MOTION)
        return _begin(axis, command, motion)

    def _for_the_board(self, command: Command) -> _Outcome:
        if command.verb is Verb.STATS:
            stats = Stats(self.frames, self.rejected, 0, 0, self.lease_stops)
            return stats.fields, _nothing
        if command.verb is Verb.HALT:
            category = StopCategory(command.number("category"))
            return (), lambda t_s: self.stop_all(t_s, Cause.HALT, category)
        _require(command.number("version") == PROTOCOL_VERSION, ErrorCode.VERSION)
        self._in_session = True
        config = self._config
        identity = Identity(PROTOCOL_VERSION, config.board, config.build, config.axes)
        return identity.fields, lambda t_s: self.stop_all(
            t_s, Cause.HELLO, StopCategory.REMOVE_POWER
        )


def _require(condition: bool, code: ErrorCode) -> None:
    if not condition:
        raise _RefusedError(code)


def _seq_and_checksum(raw: bytes) -> tuple[int, bytes]:
    """Tell frames apart as section 2 does; the checksum of *raw* is known to hold."""
    body, _, check = raw.partition(b"*")
    return int(body[1:].split(b" ")[0]), check[:_CHECKSUM_BYTES]


def _begin(axis: Axis, command: Command, motion: int) -> _Outcome:
    """Check the limits of a motion; what it answers and how it begins."""
    limits = axis.limits
    for argument, value in zip(SIGNATURES[command.verb], command.args, strict=True):
        _require(isinstance(value, str) or argument.allows(value), ErrorCode.LIMIT)
    lease_ms = command.number("lease_ms")
    _require(limits.min_lease_ms <= lease_ms <= limits.max_lease_ms, ErrorCode.LIMIT)
    answer = (str(motion),)
    if command.verb is Verb.POWER:
        duty_permille = command.number("duty_permille")
        return answer, lambda t_s: axis.power(t_s, motion, lease_ms, duty_permille)
    speed_cps = command.number("speed_cps")
    _require(abs(speed_cps) <= limits.max_speed_cps, ErrorCode.LIMIT)
    if command.verb is Verb.SPIN:
        return answer, lambda t_s: axis.spin(t_s, motion, lease_ms, speed_cps)
    if command.verb is Verb.GOTO:
        target_counts = command.number("target_counts")
        way_counts = target_counts - axis.position_counts
    else:
        way_counts = command.number("delta_counts")
        target_counts = axis.position_counts + way_counts
    _require(abs(way_counts) <= limits.max_move_counts, ErrorCode.LIMIT)
    _require(target_counts in _INT32, ErrorCode.LIMIT)
    return (*answer, str(target_counts)), lambda t_s: axis.travel(
        t_s, motion, lease_ms, target_counts, speed_cps
    )


def _limits(axis: Axis, _command: Command) -> _Outcome:
    return axis.limits.fields, _nothing


def _state(axis: Axis, _command: Command) -> _Outcome:
    return axis.report.fields, _nothing


def _stop(axis: Axis, command: Command) -> _Outcome:
    motion = command.number("motion")
    newer_runs = motion and axis.running and is_newer(axis.motion, motion)
    _require(not newer_runs, ErrorCode.STALE_MOTION)
    category = StopCategory(command.number("category"))
    report = axis.report
    return (
        (str(report.motion), str(report.position_counts)),
        lambda t_s: axis.stop(t_s, Cause.STOP, category),
    )


def _keep(axis: Axis, command: Command) -> _Outcome:
    motion = command.number("motion")
    _require(axis.running and motion == axis.motion, ErrorCode.NOT_RUNNING)
    return (str(motion),), axis.keep


def _zero(axis: Axis, command: Command) -> _Outcome:
    _require(not axis.running, ErrorCode.BUSY)
    position_counts = command.number("position_counts")
    return (str(position_counts),), lambda _t_s: axis.zero(position_counts)


def _clear(axis: Axis, _command: Command) -> _Outcome:
    _require(not axis.running, ErrorCode.BUSY)
    return (AxisState.IDLE.value,), axis.clear


_FOR_AN_AXIS: Final[Mapping[Verb, Callable[[Axis, Command], _Outcome]]] = {
    Verb.LIMITS: _limits,
    Verb.STATE: _state,
    Verb.STOP: _stop,
    Verb.KEEP: _keep,
    Verb.ZERO: _zero,
    Verb.CLEAR: _clear,
}
