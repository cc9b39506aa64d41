"""What is drawn of one case: lanes of events, curves, limits; times in ms.

Zero is the strike of the trigger; where none struck, the begin of the trace.
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "Band",
    "Chart",
    "Curve",
    "Lane",
    "Line",
    "LineKind",
    "Mark",
    "Span",
    "Timeline",
    "Tone",
]


class Tone(StrEnum):
    """What an event means to whoever looks; the page gives each a colour."""

    PLAIN = "plain"
    DIM = "dim"
    DRIVE = "drive"  # something is told to move, or moves
    STRIKE = "strike"  # the caller goes away
    STOP = "stop"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at an instant.

    Attributes:
        label: a word or two, drawn beside it where there is room.
        detail: one line with all that is known.
    """

    at_ms: float
    label: str
    detail: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lasted."""

    begin_ms: float
    end_ms: float
    label: str
    detail: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Lane:
    """One layer: its spans and its marks, in the order of time."""

    name: str
    spans: tuple[Span, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """A figure over time; of as many points as are worth drawing."""

    axis: str
    at_ms: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A limit of a figure, as a line across its chart."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The curves of one figure, one for each axis.

    Attributes:
        stepped: whether a value holds until the next one.
    """

    name: str
    unit: str
    stepped: bool
    curves: tuple[Curve, ...]
    bands: tuple[Band, ...] = ()


class LineKind(StrEnum):
    """What a line down the timeline stands for."""

    TRIGGER = "strike"  # the caller goes away, and the component is told
    STOP = "stop"
    STANDSTILL = "still"
    LIMIT = "bad"


@dataclass(frozen=True, slots=True)
class Line:
    """An instant that matters, as a line down all lanes and charts."""

    at_ms: float
    label: str
    kind: LineKind


@dataclass(frozen=True, slots=True)
class Timeline:
    """One case, drawn.

    Attributes:
        struck: whether zero is the strike.
        begin_ms: of the first event.
        end_ms: of the last one.
        left_out: how many events there were too many to draw.
    """

    struck: bool
    begin_ms: float
    end_ms: float
    lanes: tuple[Lane, ...]
    charts: tuple[Chart, ...]
    lines: tuple[Line, ...] = ()
    left_out: int = 0
