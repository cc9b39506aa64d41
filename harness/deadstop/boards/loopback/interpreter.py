"""What the board does with a frame: checks, session, repeats, answers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from arduino_actuators.wire import (
    MAX_LINES,
    MOTION_VERBS,
    PROTOCOL_VERSION,
    SESSION_VERBS,
    SIGNATURES,
    AxisState,
    Cause,
    Command,
    ErrorCode,
    Identity,
    LineProgress,
    Received,
    Refusal,
    Rejected,
    Reply,
    Stats,
    StopCategory,
    Verb,
    is_newer,
)
from deadstop.boards.loopback.axis_base import AxisBase
from deadstop.boards.loopback.config import BoardConfig
from deadstop.boards.loopback.drives import Drives

__all__ = ["Answer", "Interpreter"]

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

    def __init__(self, config: BoardConfig, drives: Drives) -> None:
        """Begin without a session."""
        self._config = config
        self._drives = drives
        self._in_session = False
        self._last_frame = (-1, b"")
        self._last_answer: Reply | Refusal | None = None
        self.frames = 0
        self.rejected = 0
        self.lease_stops = 0
        self._for_the_board: Mapping[Verb, Callable[[Command], _Outcome]] = {
            Verb.STATS: self._stats,
            Verb.HALT: self._halt,
            Verb.HELLO: self._hello,
            Verb.LINE: self._line,
            Verb.VIA: self._via,
        }
        self._for_an_axis: Mapping[Verb, Callable[[AxisBase, Command], _Outcome]] = {
            **_FOR_AN_AXIS,
            Verb.STOP: self._stop,
            Verb.KEEP: self._keep,
        }

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

    def _judge(self, item: Received | Rejected) -> Answer:
        if isinstance(item, Rejected):
            seq, _ = _seq_and_checksum(item.raw)
            return Answer(Refusal(seq, item.code), None)
        command = item.command
        try:
            _require(command.verb not in self._drives.unable, ErrorCode.UNABLE)
            fresh = self._use_up(command)
            _require(
                self._in_session or command.verb not in SESSION_VERBS,
                ErrorCode.NO_SESSION,
            )
            _require(not item.overtaken, ErrorCode.OVERTAKEN)
            fields, act = self._carry_out(command, fresh=fresh)
        except _RefusedError as refused:
            return Answer(Refusal(command.seq, refused.code), None)
        return Answer(Reply(command.seq, fields), command, act)

    def _named(self, command: Command) -> Iterable[AxisBase]:
        """The axes that a command is for; one that names none is for all."""
        axes = self._drives.axes
        return axes.values() if command.axis is None else (axes[command.axis],)

    def _use_up(self, command: Command) -> bool:
        """Use up the number of a motion, carried out or not; say if it was fresh.

        A frame that was refused could else start it when a copy of it comes late.
        """
        if command.verb not in MOTION_VERBS:
            return False
        motion = command.number("motion")
        fresh = True
        for axis in self._named(command):
            if is_newer(motion, axis.newest):
                axis.newest = motion
            else:
                fresh = False
        return fresh

    def _carry_out(self, command: Command, *, fresh: bool) -> _Outcome:
        if command.verb in MOTION_VERBS:
            faulted = any(a.state is AxisState.FAULTED for a in self._named(command))
            _require(not faulted, ErrorCode.FAULTED)
            _require(fresh, ErrorCode.STALE_MOTION)
        if command.axis is None:
            return self._for_the_board[command.verb](command)
        axis = self._drives.axes[command.axis]
        return self._for_an_axis[command.verb](axis, command)

    # For the whole board.

    def _stats(self, _command: Command) -> _Outcome:
        stats = Stats(self.frames, self.rejected, 0, 0, self.lease_stops)
        return stats.fields, _nothing

    def _halt(self, command: Command) -> _Outcome:
        return (), self._stopping(None, Cause.HALT, command.number("category"))

    def _hello(self, command: Command) -> _Outcome:
        _require(command.number("version") == PROTOCOL_VERSION, ErrorCode.VERSION)
        self._in_session = True
        config = self._config
        identity = Identity(PROTOCOL_VERSION, config.board, config.build, config.axes)
        category = StopCategory.REMOVE_POWER
        return identity.fields, self._stopping(None, Cause.HELLO, category)

    def _line(self, command: Command) -> _Outcome:
        lease_ms = self._lease_ms(command)
        targets_counts = self._targets_counts(command)
        accel_cps2 = command.number("accel_cps2")
        _require(accel_cps2 <= self._config.axis_limits.accel_cps2, ErrorCode.LIMIT)
        for axis in self._drives.axes.values():
            at_rest = not axis.running or axis.state is AxisState.HOLDING
            _require(at_rest, ErrorCode.BUSY)
        motion = command.number("motion")
        return LineProgress(motion, MAX_LINES - 1).fields, partial(
            self._drives.line,
            motion=motion,
            lease_ms=lease_ms,
            targets_counts=targets_counts,
            speed_cps=command.number("speed_cps"),
            accel_cps2=accel_cps2,
        )

    def _via(self, command: Command) -> _Outcome:
        targets_counts = self._targets_counts(command)
        motion = command.number("motion")
        _require(motion == self._drives.line_motion, ErrorCode.NOT_RUNNING)
        free = self._drives.free_lines
        _require(free > 0, ErrorCode.BUSY)
        return LineProgress(motion, free - 1).fields, partial(
            self._drives.via,
            targets_counts=targets_counts,
            speed_cps=command.number("speed_cps"),
        )

    # For one axis.

    def _stop(self, axis: AxisBase, command: Command) -> _Outcome:
        motion = command.number("motion")
        newer_runs = motion and axis.running and is_newer(axis.motion, motion)
        _require(not newer_runs, ErrorCode.STALE_MOTION)
        report = axis.report
        return (
            (str(report.motion), str(report.position_counts)),
            self._stopping(axis.name, Cause.STOP, command.number("category")),
        )

    def _keep(self, axis: AxisBase, command: Command) -> _Outcome:
        motion = command.number("motion")
        _require(axis.running and motion == axis.motion, ErrorCode.NOT_RUNNING)
        return (str(motion),), partial(self._drives.keep, axis=axis.name)

    # What these are made of.

    def _stopping(self, axis: str | None, cause: Cause, category: int) -> _Act:
        return partial(
            self._drives.stop, axis=axis, cause=cause, category=StopCategory(category)
        )

    def _lease_ms(self, command: Command) -> int:
        return _lease_ms(command, *self._drives.axes.values())

    def _targets_counts(self, command: Command) -> tuple[int, ...]:
        """Check the limits that `line` and `via` have in common."""
        _check_arguments(command)
        limits = self._config.axis_limits
        _require(command.number("speed_cps") <= limits.max_speed_cps, ErrorCode.LIMIT)
        axes = self._drives.axes
        targets_counts = tuple(command.number(f"target_{name}") for name in axes)
        for axis, target_counts in zip(axes.values(), targets_counts, strict=True):
            _require(target_counts in axis.positions, ErrorCode.LIMIT)
        return targets_counts


def _require(condition: bool, code: ErrorCode) -> None:
    if not condition:
        raise _RefusedError(code)


def _seq_and_checksum(raw: bytes) -> tuple[int, bytes]:
    """Tell frames apart as section 2 does; the checksum of *raw* is known to hold."""
    body, _, check = raw.partition(b"*")
    return int(body[1:].split(b" ")[0]), check[:_CHECKSUM_BYTES]


# Motions of one axis: checks of limits, then of state; what they answer and how they
# begin.


def _check_arguments(command: Command) -> None:
    """Refuse what no board may accept."""
    for argument, value in zip(SIGNATURES[command.verb], command.args, strict=True):
        _require(isinstance(value, str) or argument.allows(value), ErrorCode.LIMIT)


def _lease_ms(command: Command, *axes: AxisBase) -> int:
    lease_ms = command.number("lease_ms")
    for limits in (axis.limits for axis in axes):
        within = limits.min_lease_ms <= lease_ms <= limits.max_lease_ms
        _require(within, ErrorCode.LIMIT)
    return lease_ms


def _begin(
    axis: AxisBase, command: Command, act: Callable[..., None], *answer: int, **how: int
) -> _Outcome:
    _check_arguments(command)
    lease_ms = _lease_ms(command, axis)
    _require(not axis.taken, ErrorCode.BUSY)
    motion = command.number("motion")
    act = partial(act, motion=motion, lease_ms=lease_ms, **how)
    return (str(motion), *map(str, answer)), act


def _power(axis: AxisBase, command: Command) -> _Outcome:
    duty_permille = command.number("duty_permille")
    return _begin(axis, command, axis.power, duty_permille=duty_permille)


def _speed_cps(axis: AxisBase, command: Command) -> int:
    speed_cps = command.number("speed_cps")
    _require(abs(speed_cps) <= axis.limits.max_speed_cps, ErrorCode.LIMIT)
    return speed_cps


def _spin(axis: AxisBase, command: Command) -> _Outcome:
    return _begin(axis, command, axis.spin, speed_cps=_speed_cps(axis, command))


def _home(axis: AxisBase, command: Command) -> _Outcome:
    return _begin(axis, command, axis.home, speed_cps=_speed_cps(axis, command))


def _travel(axis: AxisBase, command: Command) -> _Outcome:
    speed_cps = _speed_cps(axis, command)
    if command.verb is Verb.GOTO:
        target_counts = command.number("target_counts")
        way_counts = target_counts - axis.position_counts
    else:
        way_counts = command.number("delta_counts")
        target_counts = axis.position_counts + way_counts
    _require(abs(way_counts) <= axis.limits.max_move_counts, ErrorCode.LIMIT)
    _require(target_counts in axis.positions, ErrorCode.LIMIT)
    return _begin(
        axis,
        command,
        axis.travel,
        target_counts,
        target_counts=target_counts,
        speed_cps=speed_cps,
    )


# Other commands for one axis.


def _limits(axis: AxisBase, _command: Command) -> _Outcome:
    return axis.limits.fields, _nothing


def _state(axis: AxisBase, _command: Command) -> _Outcome:
    return axis.report.fields, _nothing


def _range(axis: AxisBase, _command: Command) -> _Outcome:
    return axis.range.fields, _nothing


def _zero(axis: AxisBase, command: Command) -> _Outcome:
    position_counts = command.number("position_counts")
    _require(position_counts in axis.positions, ErrorCode.LIMIT)
    _require(not axis.running, ErrorCode.BUSY)
    return (str(position_counts),), lambda _t_s: axis.zero(position_counts)


def _clear(axis: AxisBase, _command: Command) -> _Outcome:
    _require(not axis.running, ErrorCode.BUSY)
    return (AxisState.IDLE.value,), axis.clear


_FOR_AN_AXIS: Final[Mapping[Verb, Callable[[AxisBase, Command], _Outcome]]] = {
    Verb.LIMITS: _limits,
    Verb.STATE: _state,
    Verb.RANGE: _range,
    Verb.ZERO: _zero,
    Verb.CLEAR: _clear,
    Verb.MOVE: _travel,
    Verb.GOTO: _travel,
    Verb.SPIN: _spin,
    Verb.POWER: _power,
    Verb.HOME: _home,
}
