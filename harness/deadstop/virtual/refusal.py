"""What virtual time does not hold for is refused, by one line that says what to do."""

from typing import Final, NoReturn

from deadstop.errors import DeadstopError

__all__ = ["DeadlockError", "VirtualTimeError", "refuse", "refused"]

_refused: Final[list[str]] = []


class VirtualTimeError(DeadstopError):
    """Something was called that lives on the real clock."""


class DeadlockError(DeadstopError):
    """Nothing is ready, no timer is set, and the board will say nothing more."""


def refuse(call: str) -> NoReturn:
    """Refuse *call*, and remember it: the component may swallow the error.

    Raises:
        VirtualTimeError: always.
    """
    text = (
        f"{call} cannot run in virtual time, where a thread, a real socket or another "
        "process would not keep to the clock: use the real clock (deadstop run "
        "--clock real)"
    )
    _refused.append(text)
    raise VirtualTimeError(text)


def refused() -> str:
    """Return what was refused first in this process; empty for nothing."""
    return _refused[0] if _refused else ""
