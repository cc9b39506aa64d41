"""What the harness sees of one stepped axis besides the board's own word."""

from collections.abc import Callable
from typing import Final, TypeAlias

from deadstop.plant.stepper import REST_S, Stepper
from deadstop.trace import Event, Scalar, Source

__all__ = ["StepperWitness"]

_Observe: TypeAlias = Callable[[Event], None]

_SAMPLE_EVERY_S: Final = 0.002
_ROUNDING_S: Final = 1e-6  # looks are a millisecond apart, give or take rounding
_FULL_PERMILLE: Final = 1000


class StepperWitness:
    """Thins the edges, the enable and the limit switch of one axis into events.

    Attributes:
        moving: whether it moves, or its standstill is still to be told.
    """

    def __init__(self, axis: str, stepper: Stepper, observe: _Observe) -> None:
        """Begin with the driver off and the joint at rest."""
        self.moving = False
        self._axis = axis
        self._stepper = stepper
        self._observe = observe
        self._sampled_s = 0.0
        self._on = False
        self._limit_closed = stepper.limit_closed
        self._lost_steps = stepper.lost_steps

    def drive(self, t_s: float, *, on: bool) -> None:
        """See whether its driver is on for it."""
        if on != self._on:
            self._on = on
            duty_permille = _FULL_PERMILLE if on else 0
            self._tell(
                t_s, Source.PINS, "drive", duty_permille=duty_permille, brake=False
            )

    def edge(self, t_s: float) -> None:
        """See that the stepper has just seen an edge, at *t_s*."""
        if not self.moving:
            self.moving = True
            self._sampled_s = t_s
            self._tell_shaft(t_s, "moving")

    def look(self, t_s: float) -> None:
        """See the joint; once a millisecond while it is `moving`.

        A standstill is told when it has lasted, with the stamp of the last edge.
        """
        stepper = self._stepper
        rested = t_s - stepper.last_edge_s >= REST_S - _ROUNDING_S
        if rested:
            stepper.settle()
        if stepper.limit_closed != self._limit_closed:
            self._limit_closed = not self._limit_closed
            self._tell(t_s, Source.PINS, "limit", closed=self._limit_closed)
        if stepper.lost_steps != self._lost_steps:
            lost_steps = stepper.lost_steps - self._lost_steps
            self._lost_steps = stepper.lost_steps
            self._tell(t_s, Source.SHAFT, "lost", steps=lost_steps)
        if not self.moving:
            return
        if rested:
            self.moving = False
            self._tell_shaft(stepper.last_edge_s, "standstill")
        elif t_s - self._sampled_s >= _SAMPLE_EVERY_S - _ROUNDING_S:
            self._sampled_s = t_s
            self._tell_shaft(t_s, "sample", speed_rev_s=stepper.speed_rev_s(t_s))

    def _tell_shaft(self, t_s: float, kind: str, **data: Scalar) -> None:
        stepper = self._stepper
        self._tell(
            t_s,
            Source.SHAFT,
            kind,
            position_rev=stepper.position_rev,
            steps=stepper.steps,
            edges=stepper.edges,
            **data,
        )

    def _tell(self, t_s: float, source: Source, kind: str, **data: Scalar) -> None:
        self._observe(Event(t_s, source, kind, {"axis": self._axis, **data}))
