"""What can be seen of a component's class without making one."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deadstop.hosting import Zygote
from deadstop.hosting.inspection import hear_of

__all__ = ["Look", "look_at"]

ROLE: Final = "deadstop.starter.look_role:main"


@dataclass(frozen=True, slots=True)
class Look:
    """What a class is, and what it says of its configuration.

    Attributes:
        api: its Viam API, such as ``rdk:component:motor``.
        methods: those that do more than to raise `NotImplementedError`.
        complaints: for each of the attributes that were tried, what its own
            `validate_config` has against them; empty for nothing.
    """

    api: str
    methods: frozenset[str]
    complaints: tuple[str, ...]


async def look_at(
    path: str, name: str, tried: Sequence[Mapping[str, Any]] = ()
) -> Look:
    """Look at the class *path*, ``MODULE:CLASS``; its process ends with that.

    Args:
        path: imported as `python -m` in the current directory would.
        name: of the component, in the configurations that are tried.
        tried: attributes to show to its `validate_config`.

    Raises:
        ComponentError: it does not import or is no component; one clear line.
        ToolchainError: no process could be started.
    """
    config = {
        "class": path,
        "folder": str(Path.cwd()),
        "name": name,
        "attributes": [dict(attributes) for attributes in tried],
    }
    with tempfile.TemporaryDirectory(prefix="deadstop-init-") as folder:
        async with Zygote() as zygote:
            told = await hear_of(zygote, ROLE, config, Path(folder, "component.log"))
    return Look(str(told["api"]), frozenset(told["methods"]), tuple(told["complaints"]))
