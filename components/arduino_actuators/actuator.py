"""Axes of a board as one actuator: one motion at a time, and none left behind."""

import contextlib
import functools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from arduino_actuators.errors import (
    ActuatorError,
    BoardMismatchError,
    ConfigError,
    MotionRequestError,
    MotionStoppedError,
    MotionSupersededError,
    MotionTimeoutError,
    RigError,
    StopNotConfirmedError,
)
from arduino_actuators.link import (
    BoardLink,
    LiveMotion,
    MotionEnd,
    acquire_link,
    release_link,
)
from arduino_actuators.motion_outcome import cut_short, name_call
from arduino_actuators.operations import (
    GRACE_S,
    CancelReason,
    Operation,
    OperationCancelledError,
    OperationManager,
    run_with_operation,
)
from arduino_actuators.wire import AxisReport, Cause, StopCategory

__all__ = ["Actuator", "ActuatorConfig", "Hold"]

P = TypeVar("P")
P_co = TypeVar("P_co", covariant=True)
M = TypeVar("M", bound=LiveMotion)

# What the grace of an operation leaves for everything but the wait for standstill.
_MAX_STOP_S: Final = GRACE_S - 1.0

# What says already why the target was not reached.
_EXPLAINED: Final = (MotionStoppedError, MotionSupersededError, MotionTimeoutError)


@dataclass(frozen=True, slots=True)
class ActuatorConfig:
    """Where the axes are, and how they are fed and stopped.

    Attributes:
        axes: their letters, run together.
        ramp_s: how long a ramp of this actuator's own may take from full speed to
            standstill, if that is longer than the board's.
    """

    port: str
    axes: str
    baud: int
    lease_ms: int
    stop_category: StopCategory
    stop_ack_within_ms: int
    boot_wait_s: float
    ramp_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Hold(Generic[P_co]):
    """The actuator in the hands of one operation, nothing of it under way.

    Attributes:
        plan: what was prepared before anything was superseded.
        stops: how many stops there had been by then; one more prevents the motion.
        boots: how often the board had been reset; once more does too.
    """

    operation: Operation
    link: BoardLink
    plan: P_co
    stops: int
    boots: int


class Actuator:
    """Some axes of one board, which is reached when it is first used.

    A motion that is cut short, for whatever reason, is stopped in that turn of the
    loop, and the call ends only once the board has said that its axes stand still.
    """

    def __init__(
        self, kind: str, name: str, config: ActuatorConfig, logger: logging.Logger
    ) -> None:
        """Name it, for messages (*kind* is "motor" or "arm"); opens nothing."""
        self._kind = kind
        self._name = f"{kind} {name!r}"
        self._config = config
        self._logger = logger
        self._manager = OperationManager()
        self._link: BoardLink | None = None
        self._unattended: list[LiveMotion] = []  # they outlive their operations
        self._has_moved = False
        self._stops = 0  # calls of stop()
        self._closed = False

    async def connect(self) -> BoardLink:
        """Return the link, connected.

        Raises:
            RigError: the board cannot be reached, or lacks an axis.
            ConfigError: the board does not allow the lease.
            MotionRequestError: this was closed.
        """
        if self._closed:
            raise MotionRequestError(f"{self._name} is closed")
        config = self._config
        link = self._link
        if link is None:
            link = acquire_link(config.port, config.baud, config.boot_wait_s)
            self._link = link
        await link.connect()
        for axis in config.axes:
            limits = link.limits.get(axis)
            if limits is None:
                raise BoardMismatchError(
                    f"attribute 'axis' is {config.axes!r}, but the board on port "
                    f"{config.port!r} has the axes {''.join(link.limits)!r}"
                )
            if not limits.min_lease_ms <= config.lease_ms <= limits.max_lease_ms:
                raise ConfigError(
                    f"attribute 'lease_ms' is {config.lease_ms}; the board on port "
                    f"{config.port!r} allows {limits.min_lease_ms} to "
                    f"{limits.max_lease_ms}"
                )
        return link

    async def reports(self) -> tuple[AxisReport, ...]:
        """Ask the board for the state of each axis, in their order."""
        link = await self.connect()
        return tuple([await link.state(axis) for axis in self._config.axes])

    async def zero(self, *positions_counts: int) -> None:
        """Declare the present positions, one for each axis; only at rest."""
        link = await self.connect()
        for axis, position in zip(self._config.axes, positions_counts, strict=True):
            await link.zero(axis, position)

    async def clear_fault(self) -> None:
        """Let axes that are faulted be used again; moves nothing."""
        link = await self.connect()
        for axis in self._config.axes:
            await link.clear(axis)

    @contextlib.asynccontextmanager
    async def hold(
        self, operation: Operation, prepare: Callable[[BoardLink], Awaitable[P]]
    ) -> AsyncIterator[Hold[P]]:
        """Give *operation* the actuator, at rest, while the block runs.

        Supersedes the operation that has it. What the block raises because it was
        cancelled leaves this as an error that says why.

        Args:
            operation: under which to move.
            prepare: makes a plan from what the board allows, or raises, before
                anything is superseded or sent.

        Raises:
            MotionCutShortError: the operation was cancelled, or `stop` was called.
            StopNotConfirmedError: an axis may still be moving.
            DeviceError, RigError: the board or the link failed.
        """
        stops = self._stops
        with self.explained(operation):
            link = await operation.run_until_cancelled(self.connect())
            boots = link.boots
            plan = await operation.run_until_cancelled(prepare(link))
            async with self._manager.take(operation):
                link = await operation.run_until_cancelled(self.connect())
                yield Hold(operation, link, plan, stops, boots)

    @contextlib.contextmanager
    def explained(self, operation: Operation) -> Iterator[None]:
        """Say why, where a block ends because *operation* was cancelled."""
        stops = self._stops
        try:
            yield
        except OperationCancelledError as error:
            if isinstance(error, _EXPLAINED):
                raise
            call = name_call(self._name, operation)
            stopped = self._stops != stops
            why = cut_short(call, self._kind, operation.reason, stop_called=stopped)
            if why is None:
                raise
            raise why from error

    @contextlib.asynccontextmanager
    async def moving(self, hold: Hold[object], motion: M) -> AsyncIterator[M]:
        """Run a block while *motion* is under way, and stop it if the block fails.

        When the operation is cancelled, the stop leaves inside that very call, and is
        confirmed after.
        """
        if self._stops != hold.stops:
            # A stop() that came while there was nothing to stop prevents the motion.
            raise OperationCancelledError
        if hold.link.boots != hold.boots:
            # What was planned is of positions that the board has forgotten.
            raise hold.link.reset_error("before the motion began")
        self._has_moved = True
        operation = hold.operation
        cut = functools.partial(motion.cut, self._config.stop_category)
        operation.add_cancel_callback(cut)
        try:
            await operation.run_until_cancelled(motion.start())
            yield motion
        except BaseException:
            within_s = self._stop_within_s(hold.link)
            try:
                await motion.stop(self._config.stop_category, within_s)
            except StopNotConfirmedError:
                self._leave(motion)  # `close` tries again, and says so
                raise
            if motion.holding:
                self._leave(motion)
            raise
        finally:
            operation.remove_cancel_callback(cut)

    async def wait_ended(self, hold: Hold[object], motion: LiveMotion) -> MotionEnd:
        """Return how the board says that *motion* ended."""
        operation = hold.operation
        end = await operation.run_until_cancelled(motion.wait_ended())
        stopped = operation.reason is not None or self._stops != hold.stops
        if stopped and end.cause is not Cause.ARRIVED:
            raise OperationCancelledError  # the board was quicker than the news
        return end

    def leave(self, hold: Hold[object], motion: LiveMotion) -> None:
        """Let *motion* last until `stop`, a newer motion, or `close`."""
        if hold.operation.reason is not None:
            raise OperationCancelledError
        self._leave(motion)

    async def stop(self) -> None:
        """Stop at once, and return once the board says that all axes stand still.

        The stop leaves before this waits for anything, and is confirmed even if the
        caller goes away meanwhile.

        Raises:
            StopNotConfirmedError: an axis may still be moving.
        """
        self._stops += 1
        motions = dict.fromkeys(self._config.axes, 0)
        if self._link is not None:
            motions = {axis: self._link.last_motion(axis) for axis in motions}
            self._link.stop_now(*motions, category=self._config.stop_category)
        await self._finish_stop(motions)

    async def close(self) -> None:
        """Stop what moves, and give the port back; idempotent.

        Raises:
            StopNotConfirmedError: an axis may still be moving. The port is closed.
        """
        if not self._closed:
            self._closed = True
            await self._finish_close()

    @run_with_operation
    async def _finish_stop(self, motions: dict[str, int], **_: object) -> None:
        """Wait for what the stop ended, and confirm it; survives its caller."""
        await self._manager.cancel_running()
        try:
            link = await self.connect()
        except (RigError, ConfigError) as error:
            self._cannot_stop(error)
            return
        within_s = self._stop_within_s(link)
        await link.confirm_stop(motions, self._config.stop_category, within_s)

    def _cannot_stop(self, error: ActuatorError) -> None:
        if self._has_moved:
            within_s = self._config.boot_wait_s
            raise StopNotConfirmedError(
                self._config.axes, within_s, str(error)
            ) from error
        # Nothing this component did can be moving, and an error would keep Viam from
        # ever replacing it: reconfiguration begins with a `stop` that must succeed.
        self._logger.warning("%s: nothing to stop: %s", self._name, error)

    @run_with_operation
    async def _finish_close(self, **_: object) -> None:
        """Stop and release; survives its caller."""
        await self._manager.cancel_running(CancelReason.SHUTDOWN)
        link, self._link = self._link, None
        if link is None:
            return
        try:
            left = _unended(self._unattended)
            if left:
                await self._rest(link, left)
        finally:
            await release_link(link)

    async def _rest(self, link: BoardLink, left: list[LiveMotion]) -> None:
        # Nobody will feed a hold after this: end with the power removed.
        category = min(self._config.stop_category, StopCategory.RAMP_THEN_REMOVE)
        motions = {axis: motion.number for motion in left for axis in motion.axes}
        link.stop_now(*motions, category=category)
        await link.confirm_stop(motions, category, self._stop_within_s(link))
        for motion in left:
            motion.end_renewal()

    def _leave(self, motion: LiveMotion) -> None:
        self._unattended = [*_unended(self._unattended), motion]

    def _stop_within_s(self, link: BoardLink) -> float:
        within_s = self._config.stop_ack_within_ms / 1000
        if self._config.stop_category is not StopCategory.REMOVE_POWER:
            own_s = self._config.ramp_s
            axes = [link.limits[a] for a in self._config.axes if a in link.limits]
            boards_s = (axis.max_speed_cps / max(axis.accel_cps2, 1) for axis in axes)
            within_s += max(own_s, *boards_s, 0.0)
        return min(within_s, _MAX_STOP_S)


def _unended(motions: list[LiveMotion]) -> list[LiveMotion]:
    return [motion for motion in motions if motion.holding or not motion.ended]
