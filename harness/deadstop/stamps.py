"""How far the stamps of a trace may be off, of one clock against another.

What this machine does is stamped with its own clock. What a real board tells carries
how sure its alignment is; a simulated one may lag this machine's clock by so much.
"""

from dataclasses import dataclass
from typing import Final

from deadstop.story import Story, number
from deadstop.trace import Event, Source

__all__ = ["BOARD_CLOCK", "Mark", "mark_at_rest", "mark_of"]

# What a bench says in the end of the clock of its simulated boards: {lateness_s}.
BOARD_CLOCK: Final = "board-clock"
_S_PER_MS: Final = 1e-3
# Where a simulation says when something happened, in its own time.
_SIMULATED: Final = frozenset({Source.BOARD, Source.PINS, Source.SHAFT})


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant that was seen.

    Attributes:
        t_s: its stamp.
        early_s: it may have been so much earlier: that was only seen afterwards.
        error_s: the stamp itself is off by so much, at most.
        lateness_s: the clock that it is of is off by so much, at most.
        clock: of which others do not differ from it by that.
    """

    t_s: float
    early_s: float = 0.0
    error_s: float = 0.0
    lateness_s: float = 0.0
    clock: str = ""

    @property
    def clock_error_s(self) -> float:
        """By how much its stamp may be off, of this machine's clock."""
        return self.error_s + self.lateness_s

    def until(self, end: "Mark") -> tuple[float, float]:
        """Return how long it was from here to *end*, and give or take how much."""
        error_s = (self.early_s + end.early_s) / 2 + self.error_s + end.error_s
        if self.clock != end.clock:
            error_s += self.lateness_s + end.lateness_s
        took_s = end.t_s - self.t_s - (end.early_s - self.early_s) / 2
        return max(took_s, 0.0), error_s


def mark_of(story: Story, event: Event) -> Mark:
    """Return the instant of *event*."""
    late = story.last(Source.JUDGE, BOARD_CLOCK)
    simulated = late is not None and event.source in _SIMULATED
    early_ms = _of(event, "early_ms") + _of(event, "spacing_ms")
    return Mark(
        event.t_s,
        early_s=early_ms * _S_PER_MS,
        error_s=_of(event, "uncertain_ms") * _S_PER_MS,
        lateness_s=number(late, "lateness_s") if late and simulated else 0.0,
        clock="simulated" if simulated else "",
    )


def mark_at_rest(story: Story, axis: str, rest_s: float) -> Mark:
    """Return when *axis* stood, seen at *rest_s*; if that is no event, just then."""
    event = story.last(Source.SHAFT, "standstill", until_s=rest_s, axis=axis)
    return (
        Mark(rest_s) if event is None or event.t_s < rest_s else mark_of(story, event)
    )


def _of(event: Event, fact: str) -> float:
    return number(event, fact) if fact in event.data else 0.0
