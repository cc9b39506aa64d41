"""The numbers of motions: the last of each axis, and which one comes next."""

from collections.abc import Mapping

from arduino_actuators.wire import is_newer, next_motion

__all__ = ["MotionNumbers"]


class MotionNumbers:
    """Which motion each axis has seen last, and which of them was one of all axes."""

    def __init__(self) -> None:
        """Know of none."""
        self._last: dict[str, int] = {}
        self._line: int | None = None

    def last(self, axis: str) -> int:
        """Return the number of the last motion of *axis*; 0 for none."""
        return self._last.get(axis, 0)

    def learn(self, axis: str, newest: int) -> None:
        """Note the newest number that the board has seen for *axis*."""
        self._last[axis] = newest

    def take(self, axes: str, *, together: bool) -> int:
        """Return the number for a new motion of *axes*, newer than the last of each.

        Args:
            axes: letters run together.
            together: whether it is one coordinated motion (`line`).
        """
        newest = self.last(axes[0])
        for axis in axes[1:]:
            last = self.last(axis)
            newest = last if is_newer(last, newest) else newest
        number = next_motion(newest)
        self._last.update(dict.fromkeys(axes, number))
        if together:
            self._line = number
        return number

    def end_session(self) -> None:
        """Forget what was a motion of several axes: nothing runs any more."""
        self._line = None

    def by_motion(self, motions: Mapping[str, int]) -> dict[str, str]:
        """Return which axes a `stop` stops that names the first of them.

        Args:
            motions: the axes, each with the number of its motion.
        """
        line = [axis for axis, number in motions.items() if number == self._line]
        named = {line[0]: "".join(line)} if line else {}
        return named | {axis: axis for axis in motions if axis not in line}
