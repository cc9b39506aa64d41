"""A coordinated motion, line by line: the board's queue of waypoints, kept filled."""

import asyncio
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from arduino_actuators.errors import ActuatorError, CommandRefusedError
from arduino_actuators.link.motion import LiveMotion, MotionEnd
from arduino_actuators.wire import MAX_LINES, ErrorCode, LineProgress, Verb

if TYPE_CHECKING:
    from arduino_actuators.link.board import BoardLink

__all__ = ["LiveLine"]

# What a `via` is refused with whose motion is over, or is being stopped.
_OVER: Final = frozenset({ErrorCode.NOT_RUNNING, ErrorCode.OVERTAKEN})


class LiveLine(LiveMotion):
    """A `line` and the `via` behind it; made by `BoardLink.line`.

    One motion of all its axes: it arrives at the last waypoint that the board knows.
    """

    def __init__(
        self, link: "BoardLink", axes: str, lease_ms: int, values: tuple[int, ...]
    ) -> None:
        """Describe the first line: targets, speed_cps, accel_cps2; sends nothing."""
        super().__init__(link, Verb.LINE, axes, lease_ms, values)
        self._taken = 0  # lines, by the board
        self._passed = 0  # of them, as far as is known
        self._heard = 0  # news, of whatever kind
        self._news = asyncio.Event()

    @override
    async def start(self) -> None:
        await super().start()
        self._taken = 1

    async def append(self, targets: tuple[int, ...], speed_cps: int) -> bool:
        """Add a line to *targets* (counts) once the board has room for it.

        Safe to cancel at any point if `cut` is called then.

        Returns:
            Whether it was taken; False if the motion is over or being stopped, which
            `wait_ended` explains.

        Raises:
            MotionDroppedError: it was stopped meanwhile.
            CommandRefusedError, NoAnswerError: the line may be missing: `stop`.
        """
        while not (self.ended or self._cut_by is not None):
            heard = self._heard
            if self._taken - self._passed >= MAX_LINES:
                await self._wait_news(heard)
                continue
            try:
                progress = await self._link.via(self, *targets, speed_cps)
            except CommandRefusedError as error:
                if error.code in _OVER:
                    await self._link.reread(self)
                    return False
                if error.code is not ErrorCode.BUSY:
                    raise
                await self._wait_news(heard)  # an answer had counted it already
            else:
                self._note_taken(progress)
                return True
        return False

    def note_passed(self) -> None:
        """Learn that a waypoint was passed, which makes room for another."""
        self._passed += 1
        self._hear()

    def note_missed(self) -> None:
        """Learn that events were lost: there may be room, the board will say."""
        self._passed = max(self._passed, self._taken - MAX_LINES + 1)
        self._hear()

    @override
    def finish(self, end: MotionEnd | ActuatorError, axes: str | None = None) -> None:
        super().finish(end, axes)
        self._hear()

    def _note_taken(self, progress: LineProgress) -> None:
        self._taken += 1
        under_way = MAX_LINES - progress.free
        self._passed = max(self._passed, self._taken - under_way)

    def _hear(self) -> None:
        self._heard += 1
        self._news.set()

    async def _wait_news(self, heard: int) -> None:
        """Wait until more was heard than *heard*."""
        while self._heard == heard:
            self._news.clear()
            await self._news.wait()
