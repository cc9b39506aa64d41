"""One axis of a board as an actuator: one motion at a time, and none left behind."""

import contextlib
import functools
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from arduino_actuators.errors import (
    ActuatorError,
    BoardMismatchError,
    ConfigError,
    MotionRequestError,
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
from arduino_actuators.wire import AxisReport, Cause, Limits, StopCategory, Verb

__all__ = ["Axis", "AxisConfig", "Plan"]

# From what a board allows, the arguments of a motion behind its lease.
Plan: TypeAlias = Callable[[Limits], tuple[int, ...]]

# What the grace of an operation leaves for everything but the wait for standstill.
_MAX_STOP_S: Final = GRACE_S - 1.0


@dataclass(frozen=True, slots=True)
class AxisConfig:
    """Where an axis is, and how it is fed and stopped."""

    port: str
    axis: str
    baud: int
    lease_ms: int
    stop_category: StopCategory
    stop_ack_within_ms: int
    boot_wait_s: float


class Axis:
    """One axis; its board is reached when it is first used.

    A motion that is cut short, for whatever reason, is stopped in that turn of the
    loop, and the call ends only once the board has said that the axis stands still.
    """

    def __init__(self, name: str, config: AxisConfig, logger: logging.Logger) -> None:
        """Name the axis, for messages; opens nothing."""
        self._name = name
        self._config = config
        self._logger = logger
        self._manager = OperationManager()
        self._link: BoardLink | None = None
        self._unattended: LiveMotion | None = None  # outlives its operation
        self._has_moved = False
        self._stops = 0  # calls of stop()
        self._closed = False

    async def connect(self) -> BoardLink:
        """Return the link, connected.

        Raises:
            RigError: the board cannot be reached, or lacks the axis.
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
        limits = link.limits.get(config.axis)
        if limits is None:
            raise BoardMismatchError(
                f"attribute 'axis' is {config.axis!r}, but the board on port "
                f"{config.port!r} has the axes {''.join(link.limits)!r}"
            )
        if not limits.min_lease_ms <= config.lease_ms <= limits.max_lease_ms:
            raise ConfigError(
                f"attribute 'lease_ms' is {config.lease_ms}; the board on port "
                f"{config.port!r} allows {limits.min_lease_ms} to "
                f"{limits.max_lease_ms}"
            )
        return link

    async def report(self) -> AxisReport:
        """Ask the board for the state of the axis."""
        return await (await self.connect()).state(self._config.axis)

    async def zero(self, position_counts: int) -> None:
        """Declare the present position; only at rest."""
        await (await self.connect()).zero(self._config.axis, position_counts)

    async def clear_fault(self) -> None:
        """Let a faulted axis be used again; moves nothing."""
        await (await self.connect()).clear(self._config.axis)

    async def run(self, operation: Operation, verb: Verb, plan: Plan) -> MotionEnd:
        """Move, and return how the board says that the motion ended.

        Supersedes the operation that has the axis. When *operation* is cancelled the
        axis is stopped, at once and then confirmed.

        Args:
            operation: under which to move.
            verb: the kind of motion.
            plan: gives its arguments behind the lease, or raises, before anything
                is superseded or sent.

        Raises:
            MotionCutShortError: the operation was cancelled, or `stop` was called.
            StopNotConfirmedError: the axis may still be moving.
            DeviceError, RigError: the board or the link failed.
        """
        stops = self._stops
        async with self._motion(operation, verb, plan) as motion:
            end = await operation.run_until_cancelled(motion.wait_ended())
            stopped = operation.reason is not None or self._stops != stops
            if stopped and end.cause is not Cause.ARRIVED:
                raise OperationCancelledError  # the board was quicker than the news
            return end

    async def start(self, operation: Operation, verb: Verb, plan: Plan) -> None:
        """Begin a motion that lasts until `stop`, a newer motion, or `close`.

        As `run`, until the board has accepted the motion.
        """
        async with self._motion(operation, verb, plan) as motion:
            if operation.reason is not None:
                raise OperationCancelledError
            self._unattended = motion

    async def stop(self) -> None:
        """Stop at once, and return once the board says that the axis stands still.

        The stop leaves before this waits for anything, and is confirmed even if the
        caller goes away meanwhile.

        Raises:
            StopNotConfirmedError: the axis may still be moving.
        """
        self._stops += 1
        motion = 0
        if self._link is not None:
            motion = self._link.last_motion(self._config.axis)
            self._link.stop_now(self._config.axis, category=self._config.stop_category)
        await self._finish_stop(motion)

    async def close(self) -> None:
        """Stop what moves, and give the port back; idempotent.

        Raises:
            StopNotConfirmedError: the axis may still be moving. The port is closed.
        """
        if not self._closed:
            self._closed = True
            await self._finish_close()

    @contextlib.asynccontextmanager
    async def _motion(
        self, operation: Operation, verb: Verb, plan: Plan
    ) -> AsyncIterator[LiveMotion]:
        """Run a block while a motion is under way, and stop it if the block fails."""
        config = self._config
        stops = self._stops
        try:
            link = await operation.run_until_cancelled(self.connect())
            values = plan(link.limits[config.axis])
            async with self._manager.take(operation):
                link = await operation.run_until_cancelled(self.connect())
                self._require_no_stop_since(stops)
                self._has_moved = True
                motion = link.motion(verb, config.axis, config.lease_ms, *values)
                async with self._stopped_on_failure(operation, motion, link):
                    await operation.run_until_cancelled(motion.start())
                    yield motion
        except OperationCancelledError as error:
            call = name_call(self._name, operation)
            stopped = self._stops != stops
            why = cut_short(call, operation.reason, stop_called=stopped)
            if why is None:
                raise
            raise why from error

    @contextlib.asynccontextmanager
    async def _stopped_on_failure(
        self, operation: Operation, motion: LiveMotion, link: BoardLink
    ) -> AsyncIterator[None]:
        """Cut *motion* inside the call that cancels *operation*, and confirm it.

        Whatever else ends the block early cuts it too.
        """
        cut = functools.partial(motion.cut, self._config.stop_category)
        operation.add_cancel_callback(cut)
        try:
            yield
        except BaseException:
            try:
                await motion.stop(self._config.stop_category, self._stop_within_s(link))
            except StopNotConfirmedError:
                self._unattended = motion  # `close` tries again, and says so
                raise
            if motion.holding:
                self._unattended = motion
            raise
        finally:
            operation.remove_cancel_callback(cut)

    def _require_no_stop_since(self, stops: int) -> None:
        # A stop() that came while there was nothing to stop prevents the motion.
        if self._stops != stops:
            raise OperationCancelledError

    @run_with_operation
    async def _finish_stop(self, motion: int, **_: object) -> None:
        """Wait for what the stop ended, and confirm it; survives its caller."""
        await self._manager.cancel_running()
        try:
            link = await self.connect()
        except (RigError, ConfigError) as error:
            self._cannot_stop(error)
            return
        within_s = self._stop_within_s(link)
        await link.confirm_stop(
            self._config.axis, motion, self._config.stop_category, within_s
        )

    def _cannot_stop(self, error: ActuatorError) -> None:
        if self._has_moved:
            within_s = self._config.boot_wait_s
            raise StopNotConfirmedError(
                self._config.axis, within_s, str(error)
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
            motion = self._unattended
            if motion is not None and (motion.holding or not motion.ended):
                await self._rest(link, motion)
        finally:
            await release_link(link)

    async def _rest(self, link: BoardLink, motion: LiveMotion) -> None:
        # Nobody will feed a hold after this: end with the power removed.
        category = min(self._config.stop_category, StopCategory.RAMP_THEN_REMOVE)
        link.stop_now(motion.axis, category=category)
        within_s = self._stop_within_s(link)
        await link.confirm_stop(motion.axis, motion.number, category, within_s)
        motion.end_renewal()

    def _stop_within_s(self, link: BoardLink) -> float:
        within_s = self._config.stop_ack_within_ms / 1000
        limits = link.limits.get(self._config.axis)
        if self._config.stop_category is not StopCategory.REMOVE_POWER and limits:
            within_s += limits.max_speed_cps / max(limits.accel_cps2, 1)
        return min(within_s, _MAX_STOP_S)
