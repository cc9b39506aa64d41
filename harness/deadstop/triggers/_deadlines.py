"""Deadlines that the server and the client do not agree on."""

import math
from typing import Final

from grpclib.metadata import Deadline

__all__ = ["PatientDeadline", "sent_timeout_s"]

# What a client waits beyond that: more than any cleanup in time takes.
_PATIENCE_S: Final = 5.0
# What grpclib sends of a time-out above 10 ms is whole milliseconds (its
# `encode_timeout`); below that, microseconds.
_MILLISECONDS_ABOVE_S: Final = 0.010


class PatientDeadline(Deadline):
    """A deadline that passes 5 s later for the client than it tells the server.

    grpclib asks twice: once for the client's own timer, then for the header.
    """

    _patience_s: float = _PATIENCE_S

    def time_remaining(self) -> float:
        """Return the client's time first, in seconds, and then the server's."""
        patience_s, self._patience_s = self._patience_s, 0.0
        return super().time_remaining() + patience_s


def sent_timeout_s(timeout_s: float) -> float:
    """Return what the server is told of a time-out of up to 10 s."""
    per_s = 1e3 if timeout_s > _MILLISECONDS_ABOVE_S else 1e6
    return math.floor(timeout_s * per_s) / per_s
