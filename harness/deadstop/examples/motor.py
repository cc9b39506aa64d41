"""A Viam motor with a controller that is asked whether it has arrived.

What a protocol has to fill in is at the end. Finite moves only: enough to show how one
ends when its caller goes away.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Self

from typing_extensions import override
from viam.components.motor import Motor
from viam.proto.app.robot import ComponentConfig
from viam.proto.common import ResourceName
from viam.resource.base import ResourceBase
from viam.resource.types import Model, ModelFamily
from viam.utils import struct_to_dict

from arduino_actuators.errors import (
    ConfigError,
    DeviceError,
    MotionRequestError,
    RigError,
)
from arduino_actuators.operations import (
    CancelReason,
    Operation,
    OperationCancelledError,
    OperationManager,
    run_with_operation,
)

__all__ = ["ExampleMotor"]

LOOK_S: Final = 0.02  # how often it is asked whether it has arrived
STOPPED_WITHIN_S: Final = 0.5


class ExampleMotor(Motor):
    """One motor. A move that is cancelled stops it, and raises."""

    MODEL: ClassVar[Model] = Model(ModelFamily("deadstop", "example"), "motor")

    def __init__(self, name: str, port: str, counts_per_rev: float) -> None:
        """Configure it; the port is opened when it is first used."""
        super().__init__(name)
        self._path = port
        self._counts_per_rev = counts_per_rev
        self._manager = OperationManager()
        self._opening = asyncio.Lock()
        self._opened = False

    @classmethod
    def new(
        cls, config: ComponentConfig, _: Mapping[ResourceName, ResourceBase]
    ) -> Self:
        """Make a motor from its configuration; opens nothing.

        Raises:
            ConfigError: an attribute is missing.
        """
        attributes = struct_to_dict(config.attributes)
        try:
            port, counts = attributes["port"], attributes["counts_per_rev"]
        except KeyError as error:
            raise ConfigError(f"attribute {error} is missing") from None
        return cls(config.name, str(port), float(str(counts)))

    # Finite moves

    @override
    @run_with_operation
    async def go_for(
        self,
        rpm: float,
        revolutions: float,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Turn by *revolutions* at *rpm*; backwards if one of them is negative."""
        del extra, timeout
        if not rpm or not revolutions:
            raise MotionRequestError("rpm and revolutions must not be 0")
        way_rev = revolutions if rpm > 0 else -revolutions
        await self._go(kwargs[Operation.ARG_NAME], abs(rpm), way_rev)

    @override
    @run_with_operation
    async def go_to(
        self,
        rpm: float,
        position_revolutions: float,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Turn to *position_revolutions*; the sign of *rpm* does not matter."""
        del extra, timeout
        way_rev = position_revolutions - await self.get_position()
        if way_rev:
            await self._go(kwargs[Operation.ARG_NAME], abs(rpm), way_rev)

    async def _go(self, operation: Operation, rpm: float, way_rev: float) -> None:
        if operation.reason is not None:
            raise OperationCancelledError(f"{operation} was over before it began")
        await self._open()
        async with self._manager.take(operation):
            try:
                await operation.run_until_cancelled(self._move(rpm, way_rev))
            except BaseException:
                await self._halt()
                raise

    async def _move(self, rpm: float, way_rev: float) -> None:
        await self._begin(
            rpm / 60 * self._counts_per_rev, way_rev * self._counts_per_rev
        )
        while await self._is_under_way():  # noqa: ASYNC110 - a controller tells if asked
            await asyncio.sleep(LOOK_S)

    async def _halt(self) -> None:
        """Stop, and return once the controller says that it stands.

        Raises:
            DeviceError: it does not say so.
        """
        try:
            self._send_stop()
            async with asyncio.timeout(STOPPED_WITHIN_S):
                while await self._is_under_way():  # noqa: ASYNC110 - as above
                    await asyncio.sleep(LOOK_S)
        except (RigError, TimeoutError) as error:
            raise DeviceError(
                f"motor {self.name!r} did not confirm its stop ({error}); it may still "
                "be moving: cut motor power"
            ) from error

    # The rest of a motor

    @override
    async def stop(
        self,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Stop, whatever moves it."""
        del extra, timeout, kwargs
        if not await self._manager.cancel_running() and self._opened:
            await self._halt()

    @override
    async def close(self) -> None:
        """Stop what moves, then give the port back."""
        try:
            await self._manager.cancel_running(CancelReason.SHUTDOWN)
        finally:
            if self._opened:
                self._opened = False
                await self._disconnect()

    @override
    async def is_moving(self) -> bool:
        """Ask the controller."""
        await self._open()
        return await self._is_under_way()

    @override
    async def is_powered(
        self,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> tuple[bool, float]:
        """Whether it moves; how much power that takes is not known."""
        del extra, timeout, kwargs
        moving = await self.is_moving()
        return moving, float(moving)

    @override
    async def get_position(
        self,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> float:
        """Return where it is, in revolutions."""
        del extra, timeout, kwargs
        await self._open()
        return await self._position_counts() / self._counts_per_rev

    @override
    async def get_properties(
        self,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> Motor.Properties:
        """Return that it tells its position."""
        del extra, timeout, kwargs
        return Motor.Properties(position_reporting=True)

    @override
    async def set_power(self, power: float, **kwargs: Any) -> None:
        """Refuse: finite moves only."""
        del power, kwargs
        raise NotImplementedError("this example makes finite moves only")

    @override
    async def set_rpm(self, rpm: float, **kwargs: Any) -> None:
        """Refuse: finite moves only."""
        del rpm, kwargs
        raise NotImplementedError("this example makes finite moves only")

    @override
    async def reset_zero_position(self, offset: float, **kwargs: Any) -> None:
        """Refuse: the controller counts on."""
        del offset, kwargs
        raise NotImplementedError("this example does not move its zero")

    async def _open(self) -> None:
        async with self._opening:
            if not self._opened:
                await self._connect(self._path)
                self._opened = True

    # What a protocol fills in

    async def _connect(self, path: str) -> None:
        """Open the port."""
        raise NotImplementedError

    async def _disconnect(self) -> None:
        """Close it again."""
        raise NotImplementedError

    async def _begin(self, counts_s: float, counts: float) -> None:
        """Begin to move by *counts* at *counts_s*; return once that is accepted."""
        raise NotImplementedError

    async def _is_under_way(self) -> bool:
        """Ask whether it still moves."""
        raise NotImplementedError

    async def _position_counts(self) -> float:
        """Ask where it is."""
        raise NotImplementedError

    def _send_stop(self) -> None:
        """Send the stop, in this turn of the loop.

        Raises:
            RigError: the port is gone.
        """
        raise NotImplementedError
