"""A scripted arm board: three axes that share their power, and go along lines."""

from collections import deque

from arduino_actuators.wire import (
    MAX_LINES,
    UNDER_WAY,
    AxisState,
    BoardEvent,
    Cause,
    Command,
    ErrorCode,
    Limits,
    PositionRange,
    Received,
    Verb,
    is_newer,
)
from tests.components.scripted_board import ScriptedAxis, ScriptedBoard


class ScriptedArm(ScriptedBoard):
    """Goes along a line until `pass_waypoint`; its last waypoint is its target.

    Attributes:
        lines: the targets of those that it has yet to go, the one under way first.
        line_takes_s: how long one takes; None is until `pass_waypoint`.
        ranges: the least and the most position of each axis.
    """

    def __init__(self, max_lease_ms: int = 2000) -> None:
        """Open the pty; needs a running loop."""
        super().__init__("abc", max_lease_ms)
        self.ranges = {"a": (-3200, 3200), "b": (-1600, 3200), "c": (-3200, 3200)}
        self.lines: deque[tuple[int, ...]] = deque()
        self.line_takes_s: float | None = None
        self._in_line = False

    @staticmethod
    def limits_of(max_lease_ms: int) -> Limits:
        """Return what it allows."""
        return Limits(8_000, 40_000, 100_000, 50, max_lease_ms)

    def pass_waypoint(self) -> None:
        """Let the axes reach the end of the line under way, and begin the next."""
        if len(self.lines) == 1:
            self.arrive_together()
            return
        self._be_at(self.lines.popleft())
        axis = self.axes["a"]
        self.tell(BoardEvent.PASSED, "a", axis.motion, axis.position_counts)
        self._run_line()

    def arrive_together(self) -> None:
        """Let the axes reach the end of the last line."""
        self._be_at(self.lines[-1])
        self.lines.clear()
        for letter, axis in self.axes.items():
            self.arrive(letter, axis.position_counts)

    def fault(self, letter: str) -> None:
        """Let the axis be stuck; the others stop with it."""
        super().fault(letter)
        self._stop(letter, Cause.FAULT)

    def _be_at(self, positions: tuple[int, ...]) -> None:
        for axis, position in zip(self.axes.values(), positions, strict=True):
            axis.position_counts = position

    def _carry_out(
        self, item: Received, command: Command
    ) -> tuple[object, ...] | ErrorCode:
        if command.verb is Verb.RANGE:
            return PositionRange(*self.ranges[command.axis or "a"], 0).fields
        if command.verb not in self.refuse and self.session:
            if command.verb is Verb.LINE:
                return self._carry_out_line(item, command)
            if command.verb is Verb.VIA:
                return self._carry_out_via(item, command)
        return super()._carry_out(item, command)

    def _carry_out_line(
        self, item: Received, command: Command
    ) -> tuple[object, ...] | ErrorCode:
        motion = command.number("motion")
        axes = self.axes.values()
        fresh = all(is_newer(motion, axis.newest) for axis in axes)
        for axis in axes:
            axis.newest = motion if fresh else axis.newest
        if item.overtaken:
            return ErrorCode.OVERTAKEN
        if any(axis.state is AxisState.FAULTED for axis in axes):
            return ErrorCode.FAULTED
        if not fresh:
            return ErrorCode.STALE_MOTION
        if any(axis.state in UNDER_WAY for axis in axes):
            return ErrorCode.BUSY
        for letter, axis in self.axes.items():
            self._move(letter, axis, command)
        self._in_line = True
        self.lines.clear()
        self.lines.append(self._targets(command))
        self._run_line()
        return (motion, MAX_LINES - 1)

    def _carry_out_via(
        self, item: Received, command: Command
    ) -> tuple[object, ...] | ErrorCode:
        motion, axis = command.number("motion"), self.axes["a"]
        if item.overtaken:
            return ErrorCode.OVERTAKEN
        if motion != axis.motion or axis.state is not AxisState.MOVING:
            return ErrorCode.NOT_RUNNING
        if len(self.lines) == MAX_LINES:
            return ErrorCode.BUSY
        self.lines.append(self._targets(command))
        return (motion, MAX_LINES - len(self.lines))

    def _targets(self, command: Command) -> tuple[int, ...]:
        return tuple(command.number(f"target_{letter}") for letter in self.axes)

    def _run_line(self) -> None:
        def done(motion: int) -> None:
            axis = self.axes["a"]
            if axis.motion == motion and axis.state is AxisState.MOVING:
                self.pass_waypoint()

        if self.line_takes_s is not None:
            motion = self.axes["a"].motion
            self._loop.call_later(self.line_takes_s, done, motion)

    def _company(self, letter: str) -> list[str]:
        """Which axes a motion has together with this one."""
        motion = self.axes[letter].motion
        together = [a for a, axis in self.axes.items() if axis.motion == motion]
        return together if self._in_line else [letter]

    def _move(
        self, letter: str, axis: ScriptedAxis, command: Command
    ) -> tuple[object, ...]:
        if command.verb is not Verb.LINE and axis.state is not AxisState.HOLDING:
            self._in_line = False
        return super()._move(letter, axis, command)

    def _feed(self, letter: str) -> None:
        for each in self._company(letter):
            super()._feed(each)

    def _stop(self, letter: str, cause: Cause, category: int = 0) -> None:
        for each in self._company(letter) if category else self.axes:
            super()._stop(each, cause, category)
