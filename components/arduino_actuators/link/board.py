"""BoardLink: a motor board on a serial port, its session, motions and stops."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Final

from arduino_actuators.errors import (
    ActuatorError,
    BoardMismatchError,
    BoardResetError,
    CommandRefusedError,
    LinkLostError,
    LinkOpenError,
    NoAnswerError,
    RigError,
    StopNotConfirmedError,
)
from arduino_actuators.link.channel import BoardChannel
from arduino_actuators.link.motion import LiveMotion, MotionEnd
from arduino_actuators.link.stops import PendingStops
from arduino_actuators.wire import (
    AXES,
    DEFAULT_BAUD,
    PROTOCOL_VERSION,
    AxisNotice,
    AxisReport,
    AxisState,
    BoardEvent,
    Cause,
    ErrorCode,
    Event,
    Identity,
    Limits,
    Reply,
    Stats,
    StopCategory,
    Verb,
    WireError,
    is_newer,
    next_motion,
    stop_byte,
)

__all__ = ["BOOT_WAIT_S", "BoardLink"]

# optiboot waits 1 s for an upload; grbl's scripts allow 2 s. Twice that, and a bit.
BOOT_WAIT_S: Final = 5.0

_UNDER_WAY: Final = frozenset({AxisState.MOVING, AxisState.STOPPING})
# Made beforehand: what is done between a cancellation and the port counts.
_STOP_BYTES: Final = {axis: stop_byte(axis) for axis in AXES}

_END_CAUSES: Final = {
    BoardEvent.ARRIVED: Cause.ARRIVED,
    BoardEvent.FAULT: Cause.FAULT,
}

logger: Final = logging.getLogger("arduino_actuators.link")


class BoardLink:
    """One board on one port.

    Opens by itself when it is first used, and again after the port was lost. A stop
    waits for nothing: no lock, no queue, no answer.
    """

    def __init__(
        self, path: str, baud: int = DEFAULT_BAUD, boot_wait_s: float = BOOT_WAIT_S
    ) -> None:
        """Name the port; opens nothing."""
        self.path = path
        self.baud = baud
        self.boot_wait_s = boot_wait_s
        self.identity: Identity | None = None
        self.limits: dict[str, Limits] = {}
        self.released = False  # by its last user: must not be opened again
        self._gate = asyncio.Lock()
        self._channel = BoardChannel(path, baud, self)
        self._session = False
        self._boots = 0
        self._last_motion: dict[str, int] = {}
        self._motions: dict[tuple[str, int], LiveMotion] = {}
        self._stops = PendingStops()
        self._tasks: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"BoardLink({self.path!r}, {self.baud})"

    @property
    def connected(self) -> bool:
        """Whether the port is open and the board in a session with us."""
        return self._session

    async def connect(self) -> None:
        """Open the port if need be, wait for the board and begin a session.

        Whoever calls meanwhile waits for the same opening. It stops every axis.

        Raises:
            LinkOpenError: the port cannot be opened, or no board answers.
            BoardMismatchError: the board speaks another protocol.
        """
        if self._session:
            return
        async with self._gate:
            if self.released:
                raise LinkLostError(f"port {self.path!r} was released")
            if not self._session:
                await self._open()

    async def close(self) -> None:
        """Close the port so that it can be opened again at once; idempotent.

        What moves is stopped by its owner before this, or by the lease after.
        """
        async with self._gate:
            self.on_lost(LinkLostError(f"port {self.path!r} was closed"))
            tasks = tuple(self._tasks)
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
            await self._channel.close()

    def motion(self, verb: Verb, axis: str, lease_ms: int, *values: int) -> LiveMotion:
        """Describe a motion: *verb* with its *values* behind the lease."""
        return LiveMotion(self, verb, axis, lease_ms, values)

    def last_motion(self, axis: str) -> int:
        """Return the number of the last motion of *axis*; 0 for none."""
        return self._last_motion.get(axis, 0)

    async def state(self, axis: str) -> AxisReport:
        """Ask the board for the state of *axis*."""
        await self.connect()
        return await self._state(axis)

    async def stats(self) -> Stats:
        """Ask the board for its counters."""
        await self.connect()
        return await self._channel.ask(Stats.from_reply, Verb.STATS)

    async def zero(self, axis: str, position_counts: int) -> None:
        """Declare the present position of *axis*; only at rest."""
        await self.connect()
        await self._channel.command(Verb.ZERO, axis, position_counts)

    async def clear(self, axis: str) -> None:
        """Let a faulted *axis* be used again; moves nothing."""
        await self.connect()
        await self._channel.command(Verb.CLEAR, axis)

    def stop_now(
        self, *axes: str, category: StopCategory = StopCategory.REMOVE_POWER
    ) -> None:
        """Put the stop of *axes* on the wire in this turn of the loop.

        Nothing unsent stays before it, nothing that drives these axes is sent again.
        Frames for other axes that were dropped with it are sent again at once.
        Does nothing without an open port.
        """
        hard = category is StopCategory.REMOVE_POWER
        for axis in axes:
            stop = _STOP_BYTES[axis] if hard else self._stop_frame(axis, category)
            self._stops.add(axis, stop)
        # Dropping what the port holds may drop an earlier stop: repeat it too.
        self._channel.write_first(self._stops.unheard)
        self._channel.queue.drop_driving(axes)
        self._channel.queue.resend()
        for motion in tuple(self._motions.values()):
            if motion.axis in axes:
                motion.note_cut(category)

    async def confirm_stop(
        self, axis: str, motion: int, category: StopCategory, within_s: float
    ) -> None:
        """Send `stop` and wait until *motion* no longer moves *axis*.

        Does not wait for commands in flight, and never opens the port. A newer motion
        on the axis is left alone.

        Raises:
            StopNotConfirmedError: the board did not say so within *within_s* seconds.
        """
        try:
            with self._stops.expect_end(axis, motion) as ended:
                async with asyncio.timeout(within_s):
                    await self._stop_and_wait(axis, motion, category, within_s, ended)
        except TimeoutError:
            raise StopNotConfirmedError(axis, within_s) from None
        except (RigError, CommandRefusedError) as error:
            raise StopNotConfirmedError(axis, within_s, str(error)) from error

    # What a LiveMotion needs.

    def send_motion(
        self, motion: LiveMotion, verb: Verb, *values: int
    ) -> asyncio.Future[Reply]:
        """Give *motion* the next number of its axis and send it in its turn."""
        if not self._session:
            raise LinkLostError(f"port {self.path!r} is not open")
        motion.number = next_motion(self.last_motion(motion.axis))
        answer = self._channel.queue.submit(verb, motion.axis, motion.number, *values)
        self._last_motion[motion.axis] = motion.number
        self._motions[motion.axis, motion.number] = motion
        self._stops.forget(motion.axis)
        return answer

    def withdraw(self, answer: asyncio.Future[Reply]) -> bool:
        """Take back a command of which no byte has been sent; False if too late."""
        return self._channel.queue.withdraw(answer)

    def supersede_others(self, motion: LiveMotion) -> None:
        """Note that *motion* has taken its axis from those before it."""
        for other in tuple(self._motions.values()):
            if other.axis == motion.axis and other is not motion:
                other.finish(MotionEnd(Cause.SUPERSEDED, 0))

    def forget(self, motion: LiveMotion) -> None:
        """Follow *motion* no longer."""
        self._motions.pop((motion.axis, motion.number), None)

    async def keep(self, motion: LiveMotion) -> None:
        """Renew the lease of *motion*."""
        await self._channel.command(Verb.KEEP, motion.axis, motion.number)

    async def has_accepted(self, motion: LiveMotion) -> bool:
        """Ask the board whether the axis has *motion*; learn its last number."""
        report = await self._state(motion.axis)
        self._last_motion[motion.axis] = report.newest
        return report.motion == motion.number and report.state in _UNDER_WAY

    async def reread(self, motion: LiveMotion) -> None:
        """Ask the board what became of *motion*, since an event may be lost."""
        try:
            report = await self._state(motion.axis)
        except ActuatorError as error:
            motion.finish(error)
            return
        if report.motion != motion.number:
            motion.finish(MotionEnd(Cause.SUPERSEDED, report.position_counts))
        elif report.state not in _UNDER_WAY:
            motion.finish(MotionEnd(report.cause, report.position_counts))

    def start_task(self, coroutine: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run *coroutine* until it ends or the link is closed."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # The session.

    async def _open(self) -> None:
        try:
            await self._channel.open()
            async with asyncio.timeout(self.boot_wait_s):
                while not await self._say_hello():
                    pass  # it booted meanwhile; each turn waits for an answer
        except (TimeoutError, NoAnswerError) as error:
            await self._channel.close()
            raise LinkOpenError(
                f"no board answers on port {self.path!r} at {self.baud} baud within "
                f"{self.boot_wait_s:g} s; check the port, the baud rate and that the "
                "board carries the firmware"
            ) from error
        except CommandRefusedError as error:
            await self._channel.close()
            raise BoardMismatchError(
                f"the board on port {self.path!r} speaks another protocol than "
                f"version {PROTOCOL_VERSION} ({error}); flash the firmware that "
                "belongs to this package"
            ) from error
        except BaseException:
            await self._channel.close()
            raise

    async def _say_hello(self) -> bool:
        boots = self._boots
        within_s = self.boot_wait_s
        identity = await self._channel.ask(
            Identity.from_reply, Verb.HELLO, PROTOCOL_VERSION, within_s=within_s
        )
        for axis in identity.axes:
            limits = await self._channel.ask(Limits.from_reply, Verb.LIMITS, axis)
            self.limits[axis] = limits
            self._last_motion[axis] = (await self._state(axis)).newest
        if self._boots != boots:
            return False
        self.identity = identity
        self._session = True
        logger.info(
            "%s: board %s, build %s, axes %s",
            self.path,
            identity.board,
            identity.build,
            identity.axes,
        )
        return True

    async def _state(self, axis: str) -> AxisReport:
        return await self._channel.ask(AxisReport.from_reply, Verb.STATE, axis)

    async def _stop_and_wait(
        self,
        axis: str,
        motion: int,
        category: StopCategory,
        within_s: float,
        ended: asyncio.Future[None],
    ) -> None:
        try:
            await self._channel.command(
                Verb.STOP, axis, motion, category, within_s=within_s, at_once=True
            )
        except CommandRefusedError as error:
            if error.code is not ErrorCode.STALE_MOTION:
                raise
            return  # a newer motion has the axis: this one is over
        while not ended.done():
            report = await self._state(axis)
            newer = is_newer(report.motion, motion)
            if newer or report.state not in _UNDER_WAY:
                return
            # The event tells; looking again half-way covers a lost one.
            await asyncio.wait([ended], timeout=within_s / 2)

    def _stop_frame(self, axis: str, category: StopCategory) -> bytes:
        number = self.last_motion(axis)
        return self._channel.queue.one_off_frame(Verb.STOP, axis, number, category)

    # What the board says (ChannelListener).

    def on_events_missed(self) -> None:
        """Ask what became of the motions under way."""
        for motion in self._motions.values():
            self.start_task(self.reread(motion))

    def on_event(self, event: Event) -> None:
        """Hear how motions end."""
        try:
            notice = AxisNotice.from_event(event)
        except WireError as error:
            logger.warning("%s: %s", self.path, error)
            return
        self._stops.hear(notice)
        cause = _END_CAUSES.get(notice.event, notice.cause)
        motion = self._motions.get((notice.axis, notice.motion))
        if motion is None or cause is None or notice.event is BoardEvent.STOPPING:
            return
        if cause in (Cause.FAULT, Cause.LEASE):
            logger.warning("%s: %r ended: %s", self.path, motion, cause)
        motion.finish(MotionEnd(cause, notice.position_counts, notice.fault))

    def on_boot(self, cause: str) -> None:
        """Fail what the reset of the board ended; the next call says hello."""
        self._boots += 1
        if self._session:
            logger.warning("%s: the board was reset (%s)", self.path, cause)
        error = BoardResetError(
            f"the board on port {self.path!r} was reset ({cause}): every motion is "
            "over, and the positions count from where the axes stand now"
        )
        self._channel.queue.fail_session(error)
        self._end_session(error)

    def on_lost(self, error: LinkLostError) -> None:
        """Fail every motion; the next call opens the port again."""
        self._end_session(error)

    def _end_session(self, error: ActuatorError) -> None:
        self._session = False
        self._stops.forget_all()
        for motion in tuple(self._motions.values()):
            motion.finish(error)
