"""Looking at processes and components from outside."""

import asyncio
from pathlib import Path
from typing import Any, Final

from deadstop.errors import ComponentError
from deadstop.hosting.channel import Message
from deadstop.hosting.processes import Zygote

__all__ = ["holds_open", "inspect_component"]

IMPORTED_WITHIN_S: Final = 30.0  # somebody's component may import a lot


async def inspect_component(zygote: Zygote, spec: str, log: Path) -> str:
    """Import ``MODULE:CLASS`` in a process of its own and return its Viam API.

    Raises:
        ComponentError: it does not import or is no component; one clear line.
    """
    heard: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

    def hear(message: Message) -> None:
        if not heard.done():
            heard.set_result(message)

    config = {"class": spec, "folder": str(Path.cwd())}
    child = (await zygote.fork("inspect", config, log)).connect(hear)
    exited = asyncio.get_running_loop().create_task(child.wait_exited())
    try:
        waiting: set[asyncio.Future[Any]] = {heard, exited}
        await asyncio.wait(
            waiting,
            timeout=IMPORTED_WITHIN_S,
            return_when=asyncio.FIRST_COMPLETED,
        )
        await asyncio.sleep(0)  # let a message that came with the exit be read
    finally:
        exited.cancel()
        child.kill_nowait()
        await child.end()
    if not heard.done():
        how = (
            f"ended its process (exit code {child.exit_code})"
            if not exited.cancelled() and exited.done()
            else f"did not return within {IMPORTED_WITHIN_S:g} s"
        )
        raise ComponentError(f"component {spec!r} does not import: it {how}")
    message = heard.result()
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


def _target(entry: Path) -> str:
    try:
        return str(entry.readlink())
    except FileNotFoundError:
        return ""  # closed since it was listed
