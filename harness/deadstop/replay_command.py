"""`deadstop replay`: one schedule again, to the same trace, told step by step."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from deadstop.boards.maker import BoardMaker
from deadstop.errors import DeadstopError
from deadstop.hosting import Message, Zygote
from deadstop.report.account import account
from deadstop.report.terminal import make_console
from deadstop.report.text import safe
from deadstop.results import ExitCode
from deadstop.run_command import new_folder
from deadstop.sweep.schedule import Schedule
from deadstop.sweep.sweep import ended, raise_told
from deadstop.trace import Trace

__all__ = ["carry_out_replay"]

REPLAY = "deadstop.virtual.sweep_role:replay"


def carry_out_replay(
    schedule: Schedule, *, out: Path | None = None, steps: int = 12
) -> ExitCode:
    """Play *schedule* again and tell what happened.

    Args:
        schedule: what a sweep saved.
        out: the folder for the trace; None for one in `deadstop-runs`.
        steps: how many steps before the strike and behind it are told.

    Returns:
        `FAILED` if it fails again; `HELD` if it does not any more, or not in the same
        way: the component has changed.

    Raises:
        DeadstopError: it cannot be played.
    """
    rig = schedule.play.rig
    folder = new_folder(out, f"replay-{rig.name}")
    console = make_console()
    path = folder / "trace.jsonl"
    found = asyncio.run(_play(schedule, folder, path))
    _say(console, _title(schedule))
    for line in account(Trace.read(path), found["steps"], steps):
        console.print(Text(safe(line.text, 200), line.style), soft_wrap=True)
    for law, detail in found["failed"]:
        console.print(Text(safe(f"X {law}: {detail}"), "bold red"), soft_wrap=True)
    same = found["hash"] == schedule.hash
    told = "the same, byte for byte" if same else f"NOT the saved one, {schedule.hash}"
    _say(console, f"trace hash {found['hash']}: {told}")
    _say(console, f"trace: {path}")
    if found["failed"]:
        return ExitCode.FAILED
    _say(console, "every verdict held: what failed then does not fail any more")
    return ExitCode.HELD


async def _play(schedule: Schedule, folder: Path, path: Path) -> dict[str, Any]:
    boards = BoardMaker(schedule.play.rig.board)
    boards.prepare()
    elf = "" if boards.elf is None else str(boards.elf)
    told: list[Message] = []
    async with Zygote() as zygote:
        config = {
            "play": replace(schedule.play, elf=elf).to_message(),
            "motion": schedule.motion,
            "axes": schedule.axes,
            "strikes": schedule.strikes,
            "trace": str(path),
        }
        child = await zygote.fork(REPLAY, config, folder / "component.log")
        child.connect(told.append)
        await ended(child)
    raise_told(told)
    if not told:
        raise DeadstopError(
            f"the process that replays ended early; its output: {child.output}"
        )
    return dict(told[0])


def _title(schedule: Schedule) -> str:
    strikes = ", then ".join(
        f"{strike['trigger']} at step {strike['step']}" for strike in schedule.strikes
    )
    component = schedule.play.component or ", ".join(
        sorted({one.made_of for one in schedule.play.rig.components.values()})
    )
    return f"{component} on {schedule.play.rig.name}: {schedule.motion}, {strikes}"


def _say(console: Console, text: str) -> None:
    console.print(Text(safe(text)), soft_wrap=True)
