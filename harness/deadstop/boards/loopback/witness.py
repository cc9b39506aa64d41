"""What the harness sees of one axis besides the board's own word: pins and shaft."""

from collections.abc import Callable
from typing import Final, TypeAlias

from arduino_actuators.wire import STANDSTILL_MS
from deadstop.boards.loopback.axis import Shaft
from deadstop.trace import Event, Scalar, Source

__all__ = ["Observe", "Witness"]

Observe: TypeAlias = Callable[[Event], None]

_DRIVE_EVERY_S: Final = 0.005  # while the duty cycle merely varies
_SAMPLE_EVERY_S: Final = 0.002
_STILL_FOR_S: Final = STANDSTILL_MS / 1000.0
_ROUNDING_S: Final = 1e-6  # ticks are a millisecond apart, give or take rounding


class Witness:
    """Thins drive and shaft of one axis into events."""

    def __init__(self, axis: str, shaft: Shaft, observe: Observe) -> None:
        """Begin with the drive off and the shaft at rest."""
        self._axis = axis
        self._shaft = shaft
        self._observe = observe
        self._moving = False
        self._rested_since_s: float | None = None
        self._sampled_s = 0.0
        self._duty_permille = 0
        self._drive_s = 0.0

    @property
    def watching(self) -> bool:
        """Whether the shaft turns, or its standstill is still to be reported."""
        return self._moving or self._shaft.speed_rev_s != 0.0

    def drive(self, t_s: float, duty_permille: int) -> None:
        """See what is applied: off, on and sign at once, the rest now and then."""
        if duty_permille == self._duty_permille:
            return
        if (
            duty_permille * self._duty_permille > 0  # and neither off nor on nor back
            and t_s - self._drive_s < _DRIVE_EVERY_S - _ROUNDING_S
        ):
            return
        self._duty_permille = duty_permille
        self._drive_s = t_s
        self._report(
            t_s,
            Source.PINS,
            "drive",
            duty_permille=duty_permille,
            brake=duty_permille == 0,
        )

    def look(self, t_s: float) -> None:
        """See the shaft, once a tick.

        A standstill is reported when it has lasted, with the stamp of its beginning.
        """
        shaft = self._shaft
        if shaft.speed_rev_s:
            self._rested_since_s = None
            if not self._moving:
                self._moving = True
                self._report_shaft(t_s, "moving")
            if t_s - self._sampled_s >= _SAMPLE_EVERY_S - _ROUNDING_S:
                self._sampled_s = t_s
                self._observe(
                    Event(
                        t_s,
                        Source.SHAFT,
                        "sample",
                        {
                            "axis": self._axis,
                            "position_rev": shaft.position_rev,
                            "speed_rev_s": shaft.speed_rev_s,
                        },
                    )
                )
        elif self._moving:
            if self._rested_since_s is None:
                self._rested_since_s = t_s
            elif t_s - self._rested_since_s >= _STILL_FOR_S - _ROUNDING_S:
                self._moving = False
                self._report_shaft(self._rested_since_s, "standstill")
                self._rested_since_s = None

    def _report_shaft(self, t_s: float, kind: str) -> None:
        self._report(t_s, Source.SHAFT, kind, position_rev=self._shaft.position_rev)

    def _report(self, t_s: float, source: Source, kind: str, **data: Scalar) -> None:
        self._observe(Event(t_s, source, kind, {"axis": self._axis, **data}))
