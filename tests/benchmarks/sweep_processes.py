"""What plays a motion's cases for the sweep benchmark; a process plays once.

* `scout RIG` prints the profiles of the motion and the number of its steps.
* `fork RIG SCOUTED` strikes at every step, each time in a child forked there.
* `anew RIG SCOUTED STEP...` plays the case of each step from power-up to its end, in
  a child that has imported all it needs.

The latter two print what it took in seconds, and the hash of each trace by step.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter  # the real one, before it is the loop's
from typing import Any, Final

from deadstop.cases import Case
from deadstop.moments import Moment, Profile, learn_profiles
from deadstop.rig import AvrBoardConfig, load_rig
from deadstop.toolchain import firmware_elf
from deadstop.virtual.conductor import Conductor, Finding
from deadstop.virtual.config import PlayConfig
from deadstop.virtual.player import Player
from deadstop.virtual.replay import Replay

MOTION: Final = "go_for"
TRIGGER: Final = "client-cancel"
API: Final = "rdk:component:motor"


def play_config(name: str) -> PlayConfig:
    """Return how to play on the rig called *name*."""
    rig = load_rig(name)
    needs_elf = isinstance(rig.board, AvrBoardConfig)
    elf = str(firmware_elf(lambda _: None)) if needs_elf else ""
    return PlayConfig(rig, elf, API, None, 7)


def in_child(play: Callable[[], Any]) -> Any:  # noqa: ANN401 - what JSON can hold
    """Return what *play* returns in a child of this process."""
    read, write = os.pipe()
    if os.fork() == 0:
        with os.fdopen(write, "w") as file:
            json.dump(play(), file)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as file:
        told = file.read()
    os.wait()
    return json.loads(told)


def scout(config: PlayConfig) -> dict[str, Any]:
    """Play the motion undisturbed, twice: for its profiles, and for its steps."""

    def profiles() -> dict[str, Any]:
        trace = Player(config).play(Case(MOTION, "none", Moment.IDLE.value), {})
        learnt = learn_profiles(trace, config.rig.axes_of(MOTION))
        return {axis: profile.as_dict() for axis, profile in learnt.items()}

    axes = in_child(profiles)

    def steps() -> int:
        return int(conductor(config, axes, lambda _: None).scout()["steps"])

    return {"axes": axes, "steps": in_child(steps)}


def conductor(
    config: PlayConfig, axes: dict[str, Any], tell: Callable[[Finding], None]
) -> Conductor:
    """Make what forks at the steps."""
    case = Case(MOTION, TRIGGER, Moment.STEP.value)
    return Conductor(config, case, profiles_of(axes), tell)


def profiles_of(axes: dict[str, Any]) -> dict[str, Profile]:
    """Read the profiles that `scout` told."""
    return {axis: Profile(**values) for axis, values in axes.items()}


def fork(config: PlayConfig, scouted: dict[str, Any]) -> dict[int, str]:
    """Return the hash of each step's trace, from a sweep."""
    hashes: dict[int, str] = {}

    def tell(finding: Finding) -> None:
        hashes[finding["step"]] = finding["hash"]

    sweep = conductor(config, scouted["axes"], tell)
    sweep.sweep_steps({step: [TRIGGER] for step in range(scouted["steps"])})
    return hashes


def anew(
    config: PlayConfig, scouted: dict[str, Any], steps: Sequence[int]
) -> dict[int, str]:
    """Return the hash of each of *steps*' traces, each played from power-up."""
    profiles = profiles_of(scouted["axes"])

    def play(step: int) -> str:
        with TemporaryDirectory() as folder:
            strike = {"trigger": TRIGGER, "step": step}
            replay = Replay(config, MOTION, profiles)
            return str(replay.play([strike], Path(folder) / "trace.jsonl")["hash"])

    return {step: in_child(partial(play, step)) for step in steps}


def main(role: str, rig: str, *arguments: str) -> None:
    """Do what *role* says."""
    config = play_config(rig)
    if role == "scout":
        print(json.dumps(scout(config)))
        return
    scouted = json.loads(arguments[0])
    begun_s = perf_counter()
    if role == "fork":
        hashes = fork(config, scouted)
    else:
        hashes = anew(config, scouted, list(map(int, arguments[1:])))
    took_s = perf_counter() - begun_s
    print(json.dumps({"took_s": took_s, "hashes": hashes}))


if __name__ == "__main__":
    main(*sys.argv[1:])
