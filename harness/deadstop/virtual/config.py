"""What is to be played, in words that go from process to process."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deadstop.rig import Rig

__all__ = ["PlayConfig"]


@dataclass(frozen=True, slots=True)
class PlayConfig:
    """What is the same for all that is played in one run.

    Attributes:
        rig: where.
        elf: the firmware; empty for a board that runs none.
        api: the component's Viam API.
        component: a class to use in place of the rig's, ``MODULE:CLASS``.
        seed: of random numbers and UUIDs.
    """

    rig: Rig
    elf: str
    api: str
    component: str | None
    seed: int

    def to_message(self) -> dict[str, Any]:
        """Write it for another process."""
        return {
            "rig": self.rig.model_dump(mode="json", by_alias=True),
            "elf": self.elf,
            "api": self.api,
            "component": self.component,
            "seed": self.seed,
        }

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> "PlayConfig":
        """Read what `to_message` wrote."""
        return cls(**{**message, "rig": Rig.model_validate(message["rig"])})
