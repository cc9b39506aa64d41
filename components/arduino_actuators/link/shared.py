"""One link for each port of a process, used by every component on that board."""

import asyncio
import os
from dataclasses import dataclass
from typing import Final

from arduino_actuators.errors import ConfigError
from arduino_actuators.link.board import BoardLink

__all__ = ["acquire_link", "release_link"]


@dataclass(slots=True)
class _Shared:
    link: BoardLink
    users: int = 0


# An entry lives until its port is closed, so that whoever opens the port meanwhile
# waits for that in the same link.
_links: Final[dict[tuple[asyncio.AbstractEventLoop, str], _Shared]] = {}


def _key(path: str) -> tuple[asyncio.AbstractEventLoop, str]:
    # A board is often known by several names: /dev/serial/by-id/... are links.
    name = path if "://" in path else os.path.realpath(path)
    return asyncio.get_running_loop(), name


def acquire_link(path: str, baud: int, boot_wait_s: float) -> BoardLink:
    """Return the link of the port *path*, to be given back by `release_link`.

    Opens nothing.

    Raises:
        ConfigError: another component uses the port at another baud rate.
    """
    shared = _links.get(_key(path))
    if shared is None:
        shared = _links[_key(path)] = _Shared(BoardLink(path, baud, boot_wait_s))
    elif shared.link.baud != baud:
        raise ConfigError(
            f"attribute 'baud' is {baud}, but another component uses port {path!r} "
            f"at {shared.link.baud}; give both the same"
        )
    shared.users += 1
    shared.link.released = False
    shared.link.boot_wait_s = boot_wait_s
    return shared.link


async def release_link(link: BoardLink) -> None:
    """Give *link* back; the last user closes its port."""
    # Not by its path: a name such as /dev/serial/by-id/... may lead elsewhere by now.
    key, shared = next((k, s) for k, s in _links.items() if s.link is link)
    shared.users -= 1
    if shared.users > 0:
        return
    link.released = True
    try:
        await link.close()
    finally:
        if shared.users == 0:
            _links.pop(key, None)
