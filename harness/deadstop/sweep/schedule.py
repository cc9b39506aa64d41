"""The file that brings one failure back: what struck at which step, and where."""

import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from deadstop.errors import UsageError
from deadstop.rig import Rig
from deadstop.sweep.results import Finding
from deadstop.virtual.config import PlayConfig

__all__ = ["Schedule"]

SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Schedule:
    """One failure, to be had again.

    Attributes:
        play: the rig, the component and the seed.
        motion: by its name in the rig.
        axes: the motion's profile, by axis, as it was learnt.
        strikes: what struck and when; see `deadstop.virtual.replay.Replay.play`.
        hash: of the trace.
        failed: the invariants that were broken, with what was seen.
    """

    play: PlayConfig
    motion: str
    axes: dict[str, dict[str, float]]
    strikes: tuple[dict[str, Any], ...]
    hash: str
    failed: tuple[tuple[str, str], ...]

    @classmethod
    def of(
        cls, finding: Finding, play: PlayConfig, axes: dict[str, dict[str, float]]
    ) -> "Schedule":
        """Return the schedule that led to *finding*."""
        first: dict[str, Any] = {"trigger": finding.trigger, "step": finding.step}
        if finding.after_s is not None:
            first["after_s"] = finding.after_s
        if finding.fault:
            first["fault"] = finding.fault
        strikes = [first]
        if finding.second:
            strikes.append({"trigger": finding.second, "step": finding.second_step})
        return cls(
            play, finding.motion, axes, tuple(strikes), finding.hash, finding.failed
        )

    def write(self, path: Path) -> None:
        """Write it."""
        play = self.play.to_message()
        content = {
            "schema": SCHEMA,
            "deadstop": version("deadstop"),
            "motion": self.motion,
            "strikes": self.strikes,
            "failed": [list(pair) for pair in self.failed],
            "trace_hash": self.hash,
            "component": play["component"],
            "api": play["api"],
            "seed": play["seed"],
            "profile": self.axes,
            "rig": play["rig"],
        }
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Schedule":
        """Read what `write` wrote; which firmware it runs is for the caller to say.

        Raises:
            UsageError: it is no such file; one line that says why.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["schema"] != SCHEMA:
                raise UsageError(
                    f"{path}: its schema is {content['schema']!r}, and this version "
                    f"reads {SCHEMA}"
                )
            play = PlayConfig(
                Rig.model_validate(content["rig"]),
                "",
                str(content["api"]),
                content["component"],
                int(content["seed"]),
            )
            return cls(
                play,
                str(content["motion"]),
                dict(content["profile"]),
                tuple(dict(strike) for strike in content["strikes"]),
                str(content["trace_hash"]),
                tuple((law, detail) for law, detail in content["failed"]),
            )
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: cannot read the schedule: {error}") from error
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            first = str(error).strip().splitlines()[0]
            raise UsageError(
                f"{path}: not a schedule that `deadstop sweep` saved: {first}"
            ) from error
