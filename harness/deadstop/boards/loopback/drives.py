"""What the core needs of the axes of a board, whatever moves them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from arduino_actuators.wire import Cause, StopCategory, Verb
from deadstop.boards.loopback.axis_base import AxisBase

__all__ = ["Drives"]


class Drives(ABC):
    """All axes of a board with their plant and its witnesses.

    The plant is brought to the present by `tick` and `catch_up` only, never by a
    question.

    Attributes:
        axes: each by its letter.
        unable: what they cannot do; they are never asked for it.
        shared_power: whether what stops one axis with category 0 stops them all.
    """

    axes: Mapping[str, AxisBase]
    unable: ClassVar[frozenset[Verb]]
    shared_power: ClassVar[bool]

    @property
    @abstractmethod
    def busy(self) -> bool:
        """Whether there is anything to control or to see: whether to tick."""

    @abstractmethod
    def tick(self, t_s: float) -> None:
        """Do the work of one control period, which ends now."""

    @abstractmethod
    def catch_up(self, t_s: float) -> None:
        """Bring the plant to the present, to lay hands on it."""

    @abstractmethod
    def stop(
        self, t_s: float, axis: str | None, cause: Cause, category: StopCategory
    ) -> None:
        """Stop *axis*, and what stops with it; None is every axis."""

    @abstractmethod
    def keep(self, t_s: float, axis: str) -> None:
        """Renew the lease of the motion that has *axis*."""

    @abstractmethod
    def drive_changed(self, t_s: float, axis: str, duty_permille: int) -> None:
        """Let the witness see what is applied to *axis* from now on."""

    # The truth of the plant.

    def forget(self) -> None:  # noqa: B027 - motors share nothing
        """Be as after a reset, in what the axes share; each forgets by itself."""

    @abstractmethod
    def is_at_rest(self, t_s: float) -> bool:
        """Whether every drive is off and every shaft still."""

    @abstractmethod
    def position_rev(self, t_s: float, axis: str) -> float:
        """True angle of the shaft of *axis*, in revolutions."""

    # Coordinated motion. The caller has made every check of section 7.

    def line(
        self,
        t_s: float,
        *,
        motion: int,
        lease_ms: int,
        targets_counts: Sequence[int],
        speed_cps: int,
        accel_cps2: int,
    ) -> None:
        """Move all axes together, straight."""
        raise NotImplementedError

    def via(self, t_s: float, targets_counts: Sequence[int], speed_cps: int) -> None:
        """Add a line to that motion."""
        raise NotImplementedError

    @property
    def line_motion(self) -> int:
        """The number of the motion of all axes that is under way and not stopped.

        0 if there is none.
        """
        return 0

    @property
    def free_lines(self) -> int:
        """How many more lines there is room for."""
        return 0
