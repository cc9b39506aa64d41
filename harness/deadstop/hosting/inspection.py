"""Looking at processes and components from outside."""

import asyncio
from pathlib import Path
from typing import Final

import serial

from deadstop.errors import ComponentError
from deadstop.hosting.channel import Message
from deadstop.hosting.processes import Zygote

__all__ = ["holds_open", "inspect_component", "use_of_port"]

IMPORTED_WITHIN_S: Final = 30.0  # somebody's component may import a lot


async def inspect_component(zygote: Zygote, spec: str, log: Path) -> str:
    """Import ``MODULE:CLASS`` in a process of its own and return its Viam API.

    Raises:
        ComponentError: it does not import or is no component; one clear line.
    """
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[Message | None] = loop.create_future()

    def hear(message: Message | None) -> None:
        if not heard.done():
            heard.set_result(message)

    config = {"class": spec, "folder": str(Path.cwd())}
    child = (await zygote.fork("inspect", config, log)).connect(hear)
    # What it said last is read first: there is a look at its channel between the two.
    child.tell_exit(lambda: loop.call_soon(loop.call_soon, hear, None))
    try:
        async with asyncio.timeout(IMPORTED_WITHIN_S):
            message = await heard
    except TimeoutError:
        raise ComponentError(
            f"component {spec!r} does not import: "
            f"it did not return within {IMPORTED_WITHIN_S:g} s"
        ) from None
    finally:
        child.kill_nowait()
        await child.end()
    if message is None:
        raise ComponentError(
            f"component {spec!r} does not import: it ended its process "
            f"(exit code {child.exit_code})"
        )
    if "error" in message:
        raise ComponentError(message["error"])
    return str(message["api"])


def holds_open(pid: int, path: str) -> bool:
    """Whether process *pid* has *path* open."""
    folder = Path(f"/proc/{pid}/fd")
    try:
        return any(_target(entry) == path for entry in folder.iterdir())
    except FileNotFoundError:
        return False  # the process has ended


def use_of_port(pid: int, path: str, *, gone: bool = False) -> str:
    """Say what keeps the port *path*, of process *pid*, from being opened anew.

    Nothing, if nothing does. A port that is *gone* cannot be opened in any case.
    """
    if holds_open(pid, path):
        return "the component's process still holds its port open"
    if not gone:
        try:
            serial.Serial(path, exclusive=True).close()
        except (OSError, serial.SerialException) as error:
            return f"the port could not be opened again: {error}"[:200]
    return ""


def _target(entry: Path) -> str:
    try:
        # A port whose cable was pulled has a descriptor, and no name any more.
        return str(entry.readlink()).removesuffix(" (deleted)")
    except FileNotFoundError:
        return ""  # closed since it was listed
