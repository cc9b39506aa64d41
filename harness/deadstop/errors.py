"""Everything that ends a run early, split by who must act; one line each."""

from typing import ClassVar

__all__ = [
    "BoardAbsentError",
    "ComponentError",
    "DeadstopError",
    "EnvelopeError",
    "LinkFaultError",
    "NotAtRestError",
    "RigBusyError",
    "RigFileError",
    "ToolchainError",
    "UsageError",
]


class DeadstopError(Exception):
    """Base class; the message is one line: what, where, what to do."""

    exit_code: ClassVar[int] = 2


class UsageError(DeadstopError):
    """The command line asks for something that is not there; the caller must act."""


class RigFileError(UsageError):
    """The rig file is wrong; its writer must act."""


class ComponentError(UsageError):
    """The component cannot be used; its writer must act."""


class EnvelopeError(UsageError):
    """A component asked more of a real board than its rig allows."""


class RigBusyError(DeadstopError):
    """Somebody else uses the rig."""

    exit_code = 20


class BoardAbsentError(DeadstopError):
    """No board answers, or not the one expected."""

    exit_code = 21


class ToolchainError(DeadstopError):
    """A simulator, a toolchain or a process of ours is missing or failed."""

    exit_code = 22


class LinkFaultError(DeadstopError):
    """The link or USB failed."""

    exit_code = 24


class NotAtRestError(DeadstopError):
    """The rig could not be confirmed at rest: cut motor power before touching it."""

    exit_code = 30
