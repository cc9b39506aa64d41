"""Where the files that travel with Deadstop are: in a wheel, or in a checkout."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from deadstop.errors import ToolchainError

__all__ = ["resource_folder"]


def resource_folder(name: str) -> Traversable:
    """Return the folder *name*, such as ``rigs`` or ``firmware``.

    Raises:
        ToolchainError: the installation does not have it.
    """
    packaged = files("deadstop") / "data" / name
    checkout = Path(__file__).resolve().parents[2] / name
    for folder in (packaged, checkout):
        if folder.is_dir():
            return folder
    raise ToolchainError(
        f"{packaged} is missing: this installation of Deadstop is incomplete; "
        "install it again"
    )
