"""Everything the wire codec can raise, in one file."""

__all__ = ["IllegalTransitionError", "WireError"]


class WireError(Exception):
    """The board sent a message that holds something other than it should."""


class IllegalTransitionError(Exception):
    """An event arrived in a state that has no row for it; nothing changed."""
