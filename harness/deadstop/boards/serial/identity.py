"""Which firmware answers at a port: proved before anything moves."""

import hashlib
from collections.abc import Iterator
from importlib.resources.abc import Traversable

from arduino_actuators.wire import PROTOCOL_VERSION, Identity
from deadstop.errors import BoardAbsentError
from deadstop.resources import resource_folder
from deadstop.rig import SerialBoardConfig

__all__ = ["own_build", "prove_identity"]


def prove_identity(
    told: Identity, config: SerialBoardConfig, build: str, name: str
) -> None:
    """See that a board is the one that a rig expects.

    Raises:
        BoardAbsentError: it is another one, or has another build.
    """
    wanted = Identity(PROTOCOL_VERSION, f"{config.shield}-shield", build, config.axes)
    if told == wanted:
        return
    what = "another board" if told.board != wanted.board else "another firmware"
    if (told.board, told.axes) == (wanted.board, wanted.axes):
        what = "another build of the firmware"
    raise BoardAbsentError(
        f"what answers at {name} is {what}: {_named(told)}, and the rig "
        f"wants {_named(wanted)}; flash that, or name the build that is wanted as "
        "`build` in [board]"
    )


def _named(one: Identity) -> str:
    return f"{one.board} {one.build} (axes {one.axes}, protocol {one.version})"


def own_build(sources: Traversable | None = None) -> str:
    """Return what the boot notice of Deadstop's own firmware tells of its build.

    It is what `firmware/Makefile` computes: a digest of everything that is compiled.
    """
    folder = (sources or resource_folder("firmware")) / "controller"
    digest = hashlib.sha256()
    for file in _in_order(folder):
        digest.update(file.read_bytes())
    return f"fw-{digest.hexdigest()[:8]}"


def _in_order(folder: Traversable) -> Iterator[Traversable]:
    files = {file.name: file for file in folder.iterdir()}
    for ending in (".ino", ".cpp", ".h"):
        yield from (files[name] for name in sorted(files) if name.endswith(ending))
