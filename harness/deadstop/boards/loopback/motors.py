"""DC motors with encoders: each axis by itself."""

import copy
from collections.abc import Mapping
from typing import ClassVar

from arduino_actuators.wire import Cause, StopCategory, Verb
from deadstop.boards.loopback.axis import Axis, Shaft
from deadstop.boards.loopback.axis_base import Listener
from deadstop.boards.loopback.config import BoardConfig
from deadstop.boards.loopback.drives import Drives
from deadstop.boards.loopback.witness import Observe, Witness

__all__ = ["MotorDrives"]


class MotorDrives(Drives):
    """The axes of a motor shield."""

    axes: Mapping[str, Axis]
    unable: ClassVar = frozenset({Verb.LINE, Verb.VIA, Verb.HOME})
    shared_power: ClassVar = False

    def __init__(
        self,
        config: BoardConfig,
        plant: Mapping[str, Shaft],
        *,
        t_s: float,
        listener: Listener,
        observe: Observe,
    ) -> None:
        """Begin with every drive off.

        Args:
            config: what the board is.
            plant: one shaft for each axis of *config*.
            t_s: the present.
            listener: is told what the axes do.
            observe: called with each event for the trace.
        """
        self._plant_s = t_s
        self.axes = {
            name: Axis(name, config, plant[name], listener) for name in config.axes
        }
        self._witnesses = {
            name: Witness(name, plant[name], observe) for name in config.axes
        }
        self._pairs = [
            (axis, self._witnesses[name]) for name, axis in self.axes.items()
        ]

    @property
    def busy(self) -> bool:
        """Whether a motion has an axis, or a shaft turns."""
        for axis, witness in self._pairs:  # noqa: SIM110 - a third of any()'s time
            if axis.running or witness.watching:
                return True
        return False

    def tick(self, t_s: float) -> None:
        """Do the work of one control period."""
        self.catch_up(t_s)
        for axis, witness in self._pairs:
            if axis.idle and not witness.watching:
                continue
            witness.look(t_s)
            axis.tick(t_s)
            witness.drive(t_s, axis.duty_permille)

    def catch_up(self, t_s: float) -> None:
        """Let every shaft turn up to now."""
        dt_s = t_s - self._plant_s
        self._plant_s = t_s
        for axis, _ in self._pairs:
            shaft, duty_permille = axis.shaft, axis.duty_permille
            if duty_permille or shaft.speed_rev_s:
                shaft.step(dt_s, duty_permille / 1000.0, brake=not duty_permille)

    def stop(
        self, t_s: float, axis: str | None, cause: Cause, category: StopCategory
    ) -> None:
        """Stop *axis*, or every one."""
        for each in self.axes.values() if axis is None else (self.axes[axis],):
            each.stop(t_s, cause, category)

    def keep(self, t_s: float, axis: str) -> None:
        """Renew the lease of the motion of *axis*."""
        self.axes[axis].keep(t_s)

    def drive_changed(self, t_s: float, axis: str, duty_permille: int) -> None:
        """Let the witness see the pins."""
        self._witnesses[axis].drive(t_s, duty_permille)

    def is_at_rest(self, t_s: float) -> bool:
        """Whether every drive is off and every shaft still."""
        return not any(
            axis.duty_permille or self._shaft_at(t_s, axis).speed_rev_s
            for axis in self.axes.values()
        )

    def position_rev(self, t_s: float, axis: str) -> float:
        """True angle of the shaft of *axis*."""
        return self._shaft_at(t_s, self.axes[axis]).position_rev

    def _shaft_at(self, t_s: float, axis: Axis) -> Shaft:
        """Return a copy of a shaft in the present: looking changes nothing."""
        shaft = copy.copy(axis.shaft)
        duty_permille = axis.duty_permille
        dt_s = t_s - self._plant_s
        if duty_permille or shaft.speed_rev_s:
            shaft.step(dt_s, duty_permille / 1000.0, brake=not duty_permille)
        return shaft
