"""Looking at processes and components from outside."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import serial

from deadstop.errors import ComponentError
from deadstop.hosting.channel import Message
from deadstop.hosting.module_host import inspect_module
from deadstop.hosting.processes import Zygote
from deadstop.rig import Rig

__all__ = [
    "ComponentClass",
    "hear_of",
    "holds_open",
    "inspect_component",
    "inspect_rig",
    "use_of_port",
]

IMPORTED_WITHIN_S: Final = 30.0  # somebody's component may import a lot


@dataclass(frozen=True, slots=True)
class ComponentClass:
    """What a component is made from.

    Attributes:
        path: the class, ``MODULE:CLASS``; or the model, of a module.
        api: its Viam API, such as ``rdk:component:motor``.
    """

    path: str
    api: str


async def inspect_rig(
    zygote: Zygote, rig: Rig, instead: str | None, log: Path
) -> Mapping[str, ComponentClass]:
    """Look at the class of each of the rig's components.

    Args:
        zygote: where the processes are forked from that import them.
        rig: names them.
        instead: ``MODULE:CLASS`` to use in place of the rig's; where these are of
            different APIs, in place of those of its own.
        log: gets what they print.

    Raises:
        ComponentError: one of them cannot be used; one clear line.
    """
    if rig.module is not None and rig.module.executable:
        if instead is not None:
            raise ComponentError(
                f"component {instead!r} cannot take the place of a model of rig "
                f"{rig.name!r}, whose module is {rig.module.executable!r}; leave its "
                "`executable` out, and name classes"
            )
        apis = await inspect_module(zygote, rig, log.parent)
        return {
            name: ComponentClass(one.made_of, apis[name])
            for name, one in rig.components.items()
        }
    paths = {name: one.made_of for name, one in rig.components.items()}
    apis = {}
    specs = sorted(set(paths.values()))
    if instead is not None:
        specs = [instead, *specs] if len(specs) > 1 else [instead]
    for spec in specs:
        apis[spec] = await inspect_component(zygote, spec, log)
    if instead is not None:
        mixed = len({apis[path] for path in paths.values() if path in apis}) > 1
        replaced = [
            name
            for name, path in paths.items()
            if not mixed or apis[path] == apis[instead]
        ]
        if not replaced:
            raise ComponentError(
                f"component {instead!r} is a {apis[instead]}, and rig {rig.name!r} has "
                f"none to replace; its own: {', '.join(sorted(set(apis.values())))}"
            )
        paths.update(dict.fromkeys(replaced, instead))
    return {name: ComponentClass(path, apis[path]) for name, path in paths.items()}


async def inspect_component(zygote: Zygote, spec: str, log: Path) -> str:
    """Import ``MODULE:CLASS`` in a process of its own and return its Viam API.

    Raises:
        ComponentError: it does not import or is no component; one clear line.
    """
    config = {"class": spec, "folder": str(Path.cwd())}
    return str((await hear_of(zygote, "inspect", config, log))["api"])


async def hear_of(
    zygote: Zygote, role: str, config: Mapping[str, Any], log: Path
) -> Message:
    """Return what *role*, in a process of its own, says of the class in *config*.

    Raises:
        ComponentError: it does not import or is no component; one clear line.
    """
    spec = config["class"]
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[Message | None] = loop.create_future()

    def hear(message: Message | None) -> None:
        if not heard.done():
            heard.set_result(message)

    child = (await zygote.fork(role, config, log)).connect(hear)
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
    return message


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
