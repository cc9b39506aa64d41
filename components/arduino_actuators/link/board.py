"""BoardLink: a motor board on a serial port, its session, motions and stops."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import Final

from arduino_actuators.errors import (
    ActuatorError,
    BoardMismatchError,
    BoardResetError,
    CommandRefusedError,
    LinkLostError,
    LinkOpenError,
    NoAnswerError,
)
from arduino_actuators.link.channel import BoardChannel
from arduino_actuators.link.confirming import StopConfirmation
from arduino_actuators.link.line import LiveLine
from arduino_actuators.link.motion import LiveMotion, MotionEnd
from arduino_actuators.link.numbers import MotionNumbers
from arduino_actuators.link.stops import PendingStops
from arduino_actuators.wire import (
    AXES,
    DEFAULT_BAUD,
    PROTOCOL_VERSION,
    STOP_ALL,
    UNDER_WAY,
    AxisNotice,
    AxisReport,
    BoardEvent,
    Cause,
    Event,
    Identity,
    Limits,
    LineProgress,
    PositionRange,
    Reply,
    Stats,
    StopCategory,
    Verb,
    WireError,
    stop_byte,
)

__all__ = ["BOOT_WAIT_S", "BoardLink"]

# optiboot waits 1 s for an upload; grbl's scripts allow 2 s. Twice that, and a bit.
BOOT_WAIT_S: Final = 5.0

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
        self._ranges: dict[str, PositionRange] = {}
        self._numbers = MotionNumbers()
        self._motions: dict[tuple[str, int], LiveMotion] = {}
        self._stops = PendingStops()
        self._tasks: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"BoardLink({self.path!r}, {self.baud})"

    @property
    def connected(self) -> bool:
        """Whether the port is open and the board in a session with us."""
        return self._session

    @property
    def boots(self) -> int:
        """How often the board was reset, or will be by the next opening."""
        return self._boots

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

    def line(
        self,
        axes: str,
        lease_ms: int,
        targets: tuple[int, ...],
        speed_cps: int,
        accel_cps2: int,
    ) -> LiveLine:
        """Describe a motion of *axes*, which are all of the board's, together."""
        return LiveLine(self, axes, lease_ms, (*targets, speed_cps, accel_cps2))

    def last_motion(self, axis: str) -> int:
        """Return the number of the last motion of *axis*; 0 for none."""
        return self._numbers.last(axis)

    async def state(self, axis: str) -> AxisReport:
        """Ask the board for the state of *axis*."""
        await self.connect()
        return await self._state(axis)

    async def position_range(self, axis: str) -> PositionRange:
        """Return which positions *axis* may have; asks the board once a session."""
        await self.connect()
        known = self._ranges.get(axis)
        if known is None:
            ask = self._channel.ask(PositionRange.from_reply, Verb.RANGE, axis)
            known = self._ranges[axis] = await ask
        return known

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
        if category is StopCategory.REMOVE_POWER:
            whole = len(axes) > 1 and len(axes) == len(self.limits)
            for axis in axes:
                self._stops.add(axis, STOP_ALL if whole else _STOP_BYTES[axis])
        else:
            motions = {axis: self.last_motion(axis) for axis in axes}
            for named, together in self._numbers.by_motion(motions).items():
                frame = self._stop_frame(named, category)
                for axis in together:
                    self._stops.add(axis, frame)
        # Dropping what the port holds may drop an earlier stop: repeat it too.
        self._channel.write_first(self._stops.unheard)
        self._channel.queue.drop_driving(axes)
        self._channel.queue.resend()
        for motion in tuple(self._motions.values()):
            if any(axis in axes for axis in motion.axes):
                motion.note_cut(category)

    async def confirm_stop(
        self, motions: Mapping[str, int], category: StopCategory, within_s: float
    ) -> None:
        """Send `stop` and wait until no axis is moved any more by its motion.

        Does not wait for commands in flight, and never opens the port. A newer motion
        on an axis is left alone.

        Args:
            motions: the axes, each with the number of its motion; 0 is whatever runs.
            category: how to stop.
            within_s: how long it may take, for all of them.

        Raises:
            StopNotConfirmedError: the board did not say so of some of the axes.
        """
        stop = StopConfirmation(self._channel, motions, category, within_s)
        await stop.wait(self._stops, self._numbers.by_motion(motions))

    # What a LiveMotion needs.

    def send_motion(
        self, motion: LiveMotion, verb: Verb, *values: int
    ) -> asyncio.Future[Reply]:
        """Give *motion* the next number of its axes and send it in its turn."""
        if not self._session:
            raise LinkLostError(f"port {self.path!r} is not open")
        together = verb is Verb.LINE
        number = self._numbers.take(motion.axes, together=together)
        named = () if together else (motion.axis,)
        answer = self._channel.queue.submit(verb, *named, number, *values)
        motion.number = number
        for axis in motion.axes:
            self._motions[axis, number] = motion
            self._stops.forget(axis)
        return answer

    async def via(self, motion: LiveMotion, *values: int) -> LineProgress:
        """Add a line to *motion*, and return for how many more there is room."""
        view = LineProgress.from_reply
        return await self._channel.ask(view, Verb.VIA, motion.number, *values)

    def withdraw(self, answer: asyncio.Future[Reply]) -> bool:
        """Take back a command of which no byte has been sent; False if too late."""
        return self._channel.queue.withdraw(answer)

    def supersede_others(self, motion: LiveMotion) -> None:
        """Note that *motion* has taken its axes from those before it."""
        for (axis, _), other in tuple(self._motions.items()):
            if axis in motion.axes and other is not motion:
                other.lose(motion.axes)

    def forget(self, motion: LiveMotion) -> None:
        """Follow *motion* no longer."""
        for axis in motion.axes:
            self._motions.pop((axis, motion.number), None)

    async def keep(self, motion: LiveMotion) -> None:
        """Renew the lease of *motion*."""
        await self._channel.command(Verb.KEEP, motion.axis, motion.number)

    async def has_accepted(self, motion: LiveMotion) -> bool:
        """Ask the board whether the axes have *motion*; learn their last numbers."""
        accepted = True
        for axis in motion.axes:
            report = await self._state(axis)
            self._numbers.learn(axis, report.newest)
            same = report.motion == motion.number and report.state in UNDER_WAY
            accepted = accepted and same
        return accepted

    async def reread(self, motion: LiveMotion) -> None:
        """Ask the board what became of *motion*, since an event may be lost."""
        for axis in motion.axes:
            try:
                report = await self._state(axis)
            except ActuatorError as error:
                motion.finish(error)
                return
            cause = report.cause
            if report.motion != motion.number:
                cause = Cause.SUPERSEDED
            elif report.state in UNDER_WAY:
                continue
            motion.finish(MotionEnd(cause, report.position_counts), axis)

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
            self._numbers.learn(axis, (await self._state(axis)).newest)
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

    def _stop_frame(self, axis: str, category: StopCategory) -> bytes:
        number = self.last_motion(axis)
        return self._channel.queue.one_off_frame(Verb.STOP, axis, number, category)

    # What the board says (ChannelListener).

    def on_events_missed(self) -> None:
        """Ask what became of the motions under way."""
        for motion in dict.fromkeys(self._motions.values()):
            if isinstance(motion, LiveLine):
                motion.note_missed()
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
        if notice.event is BoardEvent.PASSED and isinstance(motion, LiveLine):
            motion.note_passed()
        if motion is None or cause is None or notice.event is BoardEvent.STOPPING:
            return
        if cause in (Cause.FAULT, Cause.LEASE):
            logger.warning("%s: %r ended: %s", self.path, motion, cause)
        end = MotionEnd(cause, notice.position_counts, notice.fault)
        motion.finish(end, notice.axis)

    def on_boot(self, cause: str) -> None:
        """Fail what the reset of the board ended; the next call says hello."""
        self._boots += 1
        if self._session:
            logger.warning("%s: the board was reset (%s)", self.path, cause)
        error = self.reset_error(cause)
        self._channel.queue.fail_session(error)
        self._end_session(error)

    def reset_error(self, cause: str) -> BoardResetError:
        """Say what a reset means to who was moving, or about to."""
        return BoardResetError(
            f"the board on port {self.path!r} was reset ({cause}): every motion is "
            "over, and the positions count from where the axes stand now"
        )

    def on_lost(self, error: LinkLostError) -> None:
        """Fail every motion; the next call opens the port again."""
        self._boots += 1  # which resets an Uno
        self._end_session(error)

    def _end_session(self, error: ActuatorError) -> None:
        self._session = False
        self._ranges.clear()
        self._numbers.end_session()
        self._stops.forget_all()
        for motion in tuple(self._motions.values()):
            motion.finish(error)
