"""What a process forked from the zygote does for a sweep."""

import json
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from deadstop.cases import Case
from deadstop.errors import DeadstopError
from deadstop.moments import Moment, Profile, learn_profiles
from deadstop.triggers import by_name
from deadstop.virtual.conductor import Conductor
from deadstop.virtual.config import PlayConfig
from deadstop.virtual.outside import allowing
from deadstop.virtual.player import Player
from deadstop.virtual.replay import Replay

__all__ = ["replay", "scout", "sweep"]

STEP: Final = Moment.STEP.value
# A time-out that no motion reaches, for a look at when its timers are set.
NEVER_S: Final = 1000.0


def scout(sock: socket.socket, _: list[int], config: Mapping[str, Any]) -> None:
    """Play a motion undisturbed, once for each way that it may go, and tell."""
    play = PlayConfig.from_message(config["play"])
    motion = config["motion"]
    reference = _in_child(lambda: _reference(play, motion))
    if "error" in reference:
        _send(sock, reference)
        return
    profiles = {axis: Profile(**values) for axis, values in reference["axes"].items()}
    plays = {}
    for name in config["plays"]:
        plays[name] = _in_child(lambda: _scout(play, motion, name, profiles))  # noqa: B023
        if "error" in plays[name]:
            _send(sock, plays[name])
            return
    _send(sock, {"axes": reference["axes"], "plays": plays})


def sweep(sock: socket.socket, _: list[int], config: Mapping[str, Any]) -> None:
    """Strike at each of the points of one group, and tell what came of it."""
    play = PlayConfig.from_message(config["play"])
    profiles = {axis: Profile(**values) for axis, values in config["axes"].items()}
    conductor = Conductor(
        play,
        Case(config["motion"], config["trigger"], STEP),
        profiles,
        lambda finding: _send(sock, finding),
        second=config["second"],
        faults=config["faults"],
    )
    try:
        if config["times_s"]:
            conductor.sweep_times(config["trigger"], dict(config["times_s"]))
            return
        triggers: dict[int, list[str]] = {}
        for name, steps in config["steps"].items():
            for step in steps:
                triggers.setdefault(step, []).append(name)
        conductor.sweep_steps(triggers)
    except DeadstopError as error:
        _send(sock, _told(error))


def replay(sock: socket.socket, _: list[int], config: Mapping[str, Any]) -> None:
    """Play one schedule from the start, and tell step by step what was done."""
    play = PlayConfig.from_message(config["play"])
    profiles = {axis: Profile(**values) for axis, values in config["axes"].items()}
    try:
        found = Replay(play, config["motion"], profiles).play(
            config["strikes"], Path(config["trace"])
        )
    except DeadstopError as error:
        found = _told(error)
    _send(sock, found)


def _told(error: DeadstopError) -> dict[str, Any]:
    return {"error": str(error), "exit_code": error.exit_code}


def _reference(play: PlayConfig, motion: str) -> dict[str, Any]:
    trace = Player(play).play(Case(motion, "none", Moment.IDLE.value), {})
    learnt = learn_profiles(trace, play.rig.axes_of(motion))
    return {"axes": {axis: profile.as_dict() for axis, profile in learnt.items()}}


def _scout(
    play: PlayConfig, motion: str, name: str, profiles: Mapping[str, Profile]
) -> dict[str, Any]:
    conductor = Conductor(play, Case(motion, name, STEP), profiles, lambda _: None)
    return conductor.scout(NEVER_S if by_name(name).timed else None)


def _in_child(play: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Play in a child: a process plays once.

    Returns:
        What *play* returned; or `error` and `kind` of what it raised.
    """
    read, write = os.pipe()
    with allowing():
        pid = os.fork()
    if pid == 0:
        os.close(read)
        try:
            found = play()
        except DeadstopError as error:
            found = _told(error)
        with os.fdopen(write, "wb") as file:
            file.write(json.dumps(found).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as file:
        told = file.read()
    os.waitpid(pid, 0)
    if not told:
        return {"error": "the component ended its process", "exit_code": 2}
    found = json.loads(told)
    assert isinstance(found, dict)  # noqa: S101 - our own child
    return found


def _send(sock: socket.socket, message: Mapping[str, Any]) -> None:
    sock.send(json.dumps(message).encode())
