"""One shaft as its board reports it, made into what a witness tells."""

from collections.abc import Callable
from typing import Final, TypeAlias

from deadstop.boards.serial.board_clock import HostTime
from deadstop.trace import Event, Scalar, Source

__all__ = ["ReportedShaft"]

_Observe: TypeAlias = Callable[[Event], None]

# Less than 2 counts in 20 ms are standstill (PROTOCOL.md, section 6).
_STILL_COUNTS: Final = 2
_STILL_S: Final = 0.02
_MS: Final = 1e3
_NEVER: Final = HostTime(0.0, 0.0)


class ReportedShaft:
    """Follows one axis from report to report."""

    def __init__(self, axis: str, rev_counts: int, observe: _Observe) -> None:
        """Begin at rest, at 0; where the first report says it is, is 0.

        Args:
            axis: its letter.
            rev_counts: how many counts are one revolution.
            observe: called with each event.
        """
        self._axis = axis
        self._rev_counts = rev_counts
        self._observe = observe
        self._zero_counts: int | None = None  # what the board counts at our 0
        self._counts = 0  # since our 0, by the last report
        self._latest_counts = 0  # the same, by the last word of any kind
        self._rested = _NEVER  # when it was last seen just there
        self._moving = False
        self._anchor_counts = 0  # where it has been since, give or take one count
        self._anchor = _NEVER
        self._spacing_s = 0.0  # from the report before that
        self._latest = _NEVER

    @property
    def position_rev(self) -> float:
        """Angle at the last report, in revolutions from the first."""
        return self._counts / self._rev_counts

    @property
    def counts(self) -> int:
        """Counts at the last report, from the first."""
        return self._counts

    def recount(self, board_counts: int) -> None:
        """See the board call the present position *board_counts* from now on.

        The present position is the last one heard of: what a shaft turns between that
        and a reset, nobody knows.
        """
        if self._zero_counts is not None:
            self._zero_counts = board_counts - self._latest_counts

    def note(self, board_counts: int) -> None:
        """See the board mention a position, in an event."""
        if self._zero_counts is not None:
            self._latest_counts = board_counts - self._zero_counts

    def take(self, at: HostTime, board_counts: int, speed_cps: int) -> bool:
        """Take a report of *at*; return whether the count has changed.

        A movement is told with the stamp of the last report in which there was none
        at all, so at its beginning or before it; and a standstill, once it has lasted,
        with that of its first report: at its beginning, or behind it by less than its
        `spacing_ms`. Each stamp is true to within its `uncertain_ms`.
        """
        if self._zero_counts is None:
            self._zero_counts = board_counts
            self._anchor = self._rested = self._latest = at
        counts = board_counts - self._zero_counts
        changed = counts != self._counts
        self._counts = self._latest_counts = counts
        if abs(counts - self._anchor_counts) >= _STILL_COUNTS:
            if not self._moving:
                self._moving = True
                self._tell(
                    self._rested, "moving", self._anchor_counts / self._rev_counts
                )
            self._anchor_counts, self._anchor = counts, at
            self._spacing_s = at.t_s - self._latest.t_s
        self._latest = at
        if counts == self._anchor_counts:
            self._rested = at
        if not self._moving:
            return changed
        if at.t_s - self._anchor.t_s >= _STILL_S:
            self._moving = False
            spacing_ms = max(self._spacing_s, 0.0) * _MS
            self._tell(
                self._anchor, "standstill", self.position_rev, spacing_ms=spacing_ms
            )
        else:
            speed_rev_s = speed_cps / self._rev_counts
            self._tell(at, "sample", self.position_rev, speed_rev_s=speed_rev_s)
        return changed

    def _tell(
        self, at: HostTime, kind: str, position_rev: float, **more: float
    ) -> None:
        data: dict[str, Scalar] = {
            "axis": self._axis,
            "position_rev": position_rev,
            "uncertain_ms": round(at.error_s * _MS, 4),
            **{name: round(value, 6) for name, value in more.items()},
        }
        self._observe(Event(at.t_s, Source.SHAFT, kind, data))
