"""A Viam motor on one axis of an Arduino motor board.

The reference for how cancellation is done right. A finite move runs under an
operation and holds the actuator meanwhile. When the operation is cancelled, the stop
is on the wire in the same turn of the loop, and the call ends only once the board has
said that the shaft stands still.
"""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from logging import Logger
from typing import Any, ClassVar, Final, Self, TypeAlias

from typing_extensions import override
from viam.components.motor import Motor
from viam.proto.app.robot import ComponentConfig
from viam.proto.common import ResourceName
from viam.resource.base import ResourceBase
from viam.resource.easy_resource import EasyResource
from viam.resource.types import Model, ModelFamily
from viam.utils import ValueTypes, struct_to_dict

from arduino_actuators.actuator import Actuator, Hold
from arduino_actuators.errors import MotionRequestError
from arduino_actuators.link import BoardLink, LiveMotion
from arduino_actuators.motion_outcome import name_call, require_arrived
from arduino_actuators.motor_config import MotorConfig
from arduino_actuators.operations import Operation, run_with_operation
from arduino_actuators.wire import UNDER_WAY, AxisReport, AxisState, Limits, Verb

__all__ = ["ArduinoMotor"]

# From what the board allows, the arguments of a motion behind its lease.
_Plan: TypeAlias = Callable[[Limits], tuple[int, ...]]

_POWERED: Final = frozenset({AxisState.MOVING, AxisState.HOLDING})
_FULL_DUTY_PERMILLE: Final = 1000
# A position on the wire is a 32-bit number of counts.
_MAX_POSITION_COUNTS: Final = 2**31 - 1


class ArduinoMotor(Motor, EasyResource):  # type: ignore[misc,no-untyped-call]
    """One motor. Positions in revolutions, speeds in revolutions a minute.

    `go_for` and `go_to` are finite: cancelled early, for whatever reason, they stop
    the motor and raise. `set_power` and `set_rpm` last until `stop`, a newer motion,
    or `close`: their caller may leave. The board stops by itself when this program
    dies (the lease).
    """

    MODEL: ClassVar[Model] = Model(ModelFamily("deadstop", "arduino"), "motor")

    def __init__(
        self, name: str, config: MotorConfig, *, logger: Logger | None = None
    ) -> None:
        """Configure the motor; the port is opened when it is first used."""
        super().__init__(name, logger=logger)
        self._config = config
        self._axis = Actuator("motor", name, config.actuator_config, self.logger)

    @override
    @classmethod
    def new(
        cls, config: ComponentConfig, dependencies: Mapping[ResourceName, ResourceBase]
    ) -> Self:
        """Make a motor from its configuration; opens nothing.

        Raises:
            ConfigError: an attribute is wrong.
        """
        attributes = struct_to_dict(config.attributes)
        return cls(config.name, MotorConfig.from_attributes(attributes))

    @override
    @classmethod
    def validate_config(cls, config: ComponentConfig) -> tuple[list[str], list[str]]:
        """Check the attributes; a motor depends on no other component.

        Raises:
            ConfigError: one line for each attribute that is wrong.
        """
        MotorConfig.from_attributes(struct_to_dict(config.attributes))
        return [], []

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
        """Turn by *revolutions* at *rpm*; return once the shaft stands there.

        Backwards if one of the two is negative. Cancelled or out of time, the motor
        is stopped before this returns, and the target not reported as reached.

        Raises:
            MotionRequestError: not a motion this motor can do; nothing moved.
            MotionCutShortError: stopped before the target: time over, `stop`, a
                newer motion. The subclass tells which.
            StopNotConfirmedError: it was to be stopped and may still be moving.
            DeviceError, RigError: the board or the link failed on the way.
        """
        _require_finite(rpm=rpm, revolutions=revolutions)
        if revolutions == 0:
            raise MotionRequestError(
                "revolutions is 0, which go_for does not take; "
                "to turn until stopped use set_rpm"
            )
        counts = self._config.counts(math.copysign(revolutions, rpm * revolutions))
        if counts == 0:
            raise MotionRequestError(
                f"revolutions is {revolutions:g}, less than half a count of 1/"
                f"{self._config.counts_per_rev} rev"
            )
        await self._go(kwargs[Operation.ARG_NAME], Verb.MOVE, counts, rpm)

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
        """Turn to *position_revolutions*; return once the shaft stands there.

        The sign of *rpm* does not matter. Otherwise as `go_for`.
        """
        _require_finite(rpm=rpm, position_revolutions=position_revolutions)
        counts = self._config.counts(position_revolutions)
        if abs(counts) > _MAX_POSITION_COUNTS:
            limit_rev = self._config.revolutions(_MAX_POSITION_COUNTS)
            raise MotionRequestError(
                f"position_revolutions is {position_revolutions:g}; "
                f"allowed: -{limit_rev:g} to {limit_rev:g}"
            )
        await self._go(kwargs[Operation.ARG_NAME], Verb.GOTO, counts, rpm)

    @override
    @run_with_operation
    async def set_rpm(
        self,
        rpm: float,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Turn at *rpm*, negative is backwards, until told otherwise; 0 stops.

        Returns once the board has accepted it.
        """
        _require_finite(rpm=rpm)
        if rpm == 0:
            await self.stop()
            return

        def plan(limits: Limits) -> tuple[int]:
            return (round(math.copysign(self._speed_cps(rpm, limits), rpm)),)

        await self._start(kwargs[Operation.ARG_NAME], Verb.SPIN, plan)

    @override
    @run_with_operation
    async def set_power(
        self,
        power: float,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Apply a duty cycle, -1 to 1, until told otherwise; 0 stops.

        Returns once the board has accepted it. What rounds to 0 thousandths is 0.
        """
        _require_finite(power=power)
        if abs(power) > 1:
            raise MotionRequestError(f"power is {power:g}; allowed: -1 to 1")
        duty_permille = round(power * _FULL_DUTY_PERMILLE)
        if duty_permille == 0:
            await self.stop()
            return
        operation = kwargs[Operation.ARG_NAME]
        await self._start(operation, Verb.POWER, lambda _: (duty_permille,))

    @override
    async def stop(
        self,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Stop at once, and return once the board says that the shaft stands still.

        The stop leaves before this waits for anything. It is confirmed even if the
        caller goes away meanwhile; *timeout* does not shorten that.

        Raises:
            StopNotConfirmedError: the motor may still be moving.
        """
        await self._axis.stop()

    @override
    async def reset_zero_position(
        self,
        offset: float,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Declare the present position to be -*offset*; only at standstill."""
        _require_finite(offset=offset)
        async with asyncio.timeout(timeout):
            await self._axis.zero(self._config.counts(-offset))

    @override
    async def get_position(
        self,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> float:
        """Return the position the board counts, in revolutions."""
        report = await self._report(timeout)
        return self._config.revolutions(report.position_counts)

    @override
    async def get_properties(
        self,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> Motor.Properties:
        """Return that it reports its position."""
        return Motor.Properties(position_reporting=True)

    @override
    async def is_powered(
        self,
        *,
        extra: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> tuple[bool, float]:
        """Return whether drive is applied, and the duty cycle, -1 to 1."""
        report = await self._report(timeout)
        powered = report.duty_permille != 0 or report.state in _POWERED
        return powered, report.duty_permille / _FULL_DUTY_PERMILLE

    @override
    async def is_moving(self) -> bool:
        """Return whether the shaft moves, or may: True until standstill."""
        return (await self._report(None)).state in UNDER_WAY

    @override
    async def get_status(
        self, *, timeout: float | None = None, **kwargs: Any
    ) -> Mapping[str, ValueTypes]:
        """Return what the board says of the axis, in revolutions."""
        report = await self._report(timeout)
        return {
            "state": report.state.value,
            "motion": report.motion,
            "position_rev": self._config.revolutions(report.position_counts),
            "speed_rpm": self._config.rpm(report.speed_cps),
            "power": report.duty_permille / _FULL_DUTY_PERMILLE,
            "last_end": report.cause.value,
        }

    @override
    async def do_command(
        self,
        command: Mapping[str, ValueTypes],
        *,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> Mapping[str, ValueTypes]:
        """Answer ``{"command": NAME}``; moves nothing.

        ``status``, ``limits`` and ``stats`` read; ``clear_fault`` lets a faulted
        axis be used again.
        """
        name = command.get("command")
        async with asyncio.timeout(timeout):
            if name == "status":
                return await self.get_status()
            if name == "limits":
                link = await self._axis.connect()
                return asdict(link.limits[self._config.axis])
            if name == "stats":
                return asdict(await (await self._axis.connect()).stats())
            if name == "clear_fault":
                await self._axis.clear_fault()
                return {}
        raise MotionRequestError(
            f"no command {name!r}; known are: status, limits, stats, clear_fault"
        )

    @override
    async def close(self) -> None:
        """Stop what moves, and give the port back; idempotent.

        Raises:
            StopNotConfirmedError: the motor may still be moving. The port is closed.
        """
        await self._axis.close()

    async def _go(
        self, operation: Operation, verb: Verb, counts: int, rpm: float
    ) -> None:
        if rpm == 0:
            raise MotionRequestError("rpm is 0: the target would never be reached")

        def plan(limits: Limits) -> tuple[int, int]:
            if verb is Verb.MOVE and abs(counts) > limits.max_move_counts:
                most_rev = self._config.revolutions(limits.max_move_counts)
                raise MotionRequestError(
                    f"revolutions is {self._config.revolutions(counts):g}; "
                    f"allowed: at most {most_rev:g} either way (the board)"
                )
            return counts, self._speed_cps(rpm, limits)

        async with self._moving(operation, verb, plan) as (hold, motion):
            end = await self._axis.wait_ended(hold, motion)
        call = name_call(f"motor {self.name!r}", operation)
        require_arrived(call, end, self._config.revolutions(end.position_counts))

    async def _start(self, operation: Operation, verb: Verb, plan: _Plan) -> None:
        async with self._moving(operation, verb, plan) as (hold, motion):
            self._axis.leave(hold, motion)

    @contextlib.asynccontextmanager
    async def _moving(
        self, operation: Operation, verb: Verb, plan: _Plan
    ) -> AsyncIterator[tuple[Hold[tuple[int, ...]], LiveMotion]]:
        """Run a block while a motion is under way, and stop it if the block fails.

        Args:
            operation: under which to move.
            verb: the kind of motion.
            plan: gives its arguments behind the lease, or raises, before anything
                is superseded or sent.
        """
        axis, lease_ms = self._config.axis, self._config.lease_ms

        async def prepare(link: BoardLink) -> tuple[int, ...]:
            return plan(link.limits[axis])

        async with self._axis.hold(operation, prepare) as hold:
            motion = hold.link.motion(verb, axis, lease_ms, *hold.plan)
            async with self._axis.moving(hold, motion):
                yield hold, motion

    def _speed_cps(self, rpm: float, limits: Limits) -> int:
        """Return the speed on the wire, without its sign, held against the limits."""
        max_rpm, says = self._config.rpm(limits.max_speed_cps), "the board"
        if self._config.max_rpm is not None and self._config.max_rpm < max_rpm:
            max_rpm, says = self._config.max_rpm, "attribute 'max_rpm'"
        if abs(rpm) > max_rpm:
            raise MotionRequestError(
                f"rpm is {rpm:g}; allowed: at most {max_rpm:g} either way ({says})"
            )
        return max(1, min(self._config.speed_cps(abs(rpm)), limits.max_speed_cps))

    async def _report(self, within_s: float | None) -> AxisReport:
        async with asyncio.timeout(within_s):
            [report] = await self._axis.reports()
            return report


def _require_finite(**arguments: float) -> None:
    for name, value in arguments.items():
        if not math.isfinite(value):
            raise MotionRequestError(f"{name} is {value!r}; give a finite number")
