"""Looks at a component's class, in a process of its own."""

import asyncio
import inspect
import socket
from collections.abc import Mapping
from typing import Any

from viam.components.component_base import ComponentBase
from viam.proto.app.robot import ComponentConfig
from viam.utils import dict_to_struct

from deadstop.hosting.channel import Peer
from deadstop.hosting.loading import LoadError, load_class

__all__ = ["main"]


def main(sock: socket.socket, _: list[int], config: Mapping[str, Any]) -> None:
    """Import the class, say what it is and what it needs, and end."""

    async def look() -> None:
        peer = Peer(sock, lambda _: None)
        peer.post(_seen(config))
        peer.close()

    asyncio.run(look())


def _seen(config: Mapping[str, Any]) -> dict[str, Any]:
    try:
        cls = load_class(config["class"], config["folder"])
    except LoadError as error:
        return {"event": "unusable", "error": str(error)}
    return {
        "event": "usable",
        "api": str(cls.API),
        "methods": [name for name in dir(cls) if _is_written(getattr(cls, name))],
        "complaints": [
            _complaint(cls, config["name"], attributes)
            for attributes in config["attributes"]
        ],
    }


def _is_written(member: object) -> bool:
    """Whether *member* is a method that does more than to say that it is none."""
    if not inspect.isfunction(member):
        return False
    names: tuple[str, ...] = inspect.unwrap(member).__code__.co_names
    return names != ("NotImplementedError",)


def _complaint(
    cls: type[ComponentBase], name: str, attributes: Mapping[str, Any]
) -> str:
    """Return what `validate_config` has against *attributes*; nothing if nothing."""
    validate = getattr(cls, "validate_config", None)
    if validate is None:
        return ""
    try:
        validate(ComponentConfig(name=name, attributes=dict_to_struct(attributes)))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it raises
        lines = map(str.strip, str(error).splitlines())
        return "; ".join(filter(None, lines)) or type(error).__name__
    return ""
