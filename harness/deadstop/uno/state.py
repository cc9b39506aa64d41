"""What a virtual Uno tells of itself: its port, its pins, its shafts."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from deadstop.trace import Scalar

__all__ = ["AxisView", "UnoState"]


@dataclass(frozen=True, slots=True)
class AxisView:
    """One axis, at the simulator's pins and shaft.

    Attributes:
        duty_permille: signed share of the supply on the motor; 0 is "drive off".
        brake: with duty 0: the motor is shorted.
        moving: whether the true shaft turns.
        position_rev: angle of the true shaft since power-up.
        speed_rev_s: signed; of the last sample, 2 ms old at most while it moves.
    """

    duty_permille: int = 0
    brake: bool = False
    moving: bool = False
    position_rev: float = 0.0
    speed_rev_s: float = 0.0

    @property
    def at_rest(self) -> bool:
        """Whether its drive is off and its shaft still."""
        return self.duty_permille == 0 and not self.moving

    def at(self, position_rev: float) -> "AxisView":
        """Return this with the shaft's present angle."""
        return replace(self, position_rev=position_rev)

    def driven(self, data: Mapping[str, Scalar]) -> "AxisView":
        """Return this after a `drive` event."""
        duty, brake = data["duty_permille"], data["brake"]
        assert isinstance(duty, int)  # noqa: S101 - our own event
        return replace(self, duty_permille=duty, brake=bool(brake))

    def moved(self, kind: str, data: Mapping[str, Scalar]) -> "AxisView":
        """Return this after an event of its shaft."""
        position = data["position_rev"]
        speed = data.get("speed_rev_s", 0.0)
        assert isinstance(position, int | float)  # noqa: S101 - our own event
        assert isinstance(speed, int | float)  # noqa: S101 - our own event
        return replace(
            self,
            moving=kind != "standstill",
            position_rev=float(position),
            speed_rev_s=float(speed),
        )


@dataclass(frozen=True, slots=True)
class UnoState:
    """The whole of it, at one instant.

    Attributes:
        t_s: that instant, CLOCK_MONOTONIC.
        port: the pseudo-terminal behind the link; "" while it is unplugged.
        users: how many have it open.
        auto_reset: whether an opening resets the board.
        at_rest: whether every drive is off at the pins and every true shaft still.
        last_drive_change_s: when a drive last changed, CLOCK_MONOTONIC; None if none
            has.
        axes: by their letters.
        pins: the level of each pin of the shield that has changed yet.
        worst_lateness_s: by how much the simulation came late, at worst so far.
    """

    t_s: float
    port: str
    users: int
    auto_reset: bool
    at_rest: bool
    last_drive_change_s: float | None
    axes: Mapping[str, AxisView]
    pins: Mapping[str, int]
    worst_lateness_s: float

    @property
    def since_drive_change_s(self) -> float | None:
        """How long no drive has changed; None if none ever has."""
        if self.last_drive_change_s is None:
            return None
        return self.t_s - self.last_drive_change_s

    def as_json(self) -> str:
        """Return it on one line."""
        row = asdict(self) | {"since_drive_change_s": self.since_drive_change_s}
        return json.dumps(row)

    @classmethod
    def from_json(cls, line: str | bytes) -> Self:
        """Read what `as_json` wrote."""
        row: dict[str, Any] = json.loads(line)
        del row["since_drive_change_s"]
        axes = {axis: AxisView(**view) for axis, view in row.pop("axes").items()}
        return cls(axes=axes, **row)
