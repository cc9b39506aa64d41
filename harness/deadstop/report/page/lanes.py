"""The events of a trace, sorted into lanes: one for each layer that saw them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from deadstop.report.page.timeline import Lane, Mark, Span, Tone
from deadstop.report.text import safe
from deadstop.trace import Event, Scalar, Source

__all__ = ["MOST_EVENTS", "lanes_of"]

# A case of the built-in rigs has some 500. Above it, what is left out is counted.
MOST_EVENTS: Final = 6000
_DECIMALS: Final = 4  # of a ms, as in the curves
_LINE_ENDS_MS: Final = 5.0  # a board that says nothing for so long has ended its line
_LABEL: Final = 40  # characters; longer ones are in the detail

# These are curves, or figures about the machine and the plan: not drawn as events.
_NOT_DRAWN: Final = frozenset(
    {
        (Source.SHAFT, "sample"),
        (Source.PINS, "drive"),
        (Source.JUDGE, "cpu-waits"),
        (Source.JUDGE, "profile"),
    }
)
_TO_BOARD: Final = frozenset({"motion", "stop", "keep", "query", "session", "setting"})
_TONES: Final[Mapping[str, Tone]] = {
    "strike": Tone.STRIKE,
    "call-cancelled": Tone.STOP,
    "stop": Tone.STOP,
    "stop-byte": Tone.STOP,
    "standstill": Tone.STOP,
    "injected": Tone.STOP,
    "motion": Tone.DRIVE,
    "moving": Tone.DRIVE,
    "begin": Tone.DRIVE,
    "keep": Tone.DIM,
    "query": Tone.DIM,
    "session": Tone.DIM,
    "ack": Tone.DIM,
    "command": Tone.DIM,
    "garbled": Tone.BAD,
    "refused": Tone.BAD,
    "overflow": Tone.BAD,
    "unplugged": Tone.BAD,
    "loop-lag": Tone.BAD,
    "lost-exception": Tone.BAD,
}
_NAMED_BY: Final = ("method", "verb", "event", "state", "what", "moment", "signal")


@dataclass(slots=True)
class _Open:
    """A span whose end has not been seen yet."""

    begin_ms: float
    label: str
    detail: str
    tone: Tone
    # Of what arrives in pieces:
    latest_ms: float = 0.0
    pieces: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Layer:
    """A lane as it fills."""

    spans: list[Span] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    open: dict[str, _Open] = field(default_factory=dict)

    def begin(self, key: str, span: _Open) -> None:
        self.end(key, span.begin_ms)
        self.open[key] = span

    def end(self, key: str, end_ms: float, detail: str = "") -> None:
        span = self.open.pop(key, None)
        if span is not None:
            told = f"{span.detail}; {detail}" if detail else span.detail
            self.spans.append(Span(span.begin_ms, end_ms, span.label, told, span.tone))


def lanes_of(events: Sequence[Event], zero_s: float) -> tuple[tuple[Lane, ...], int]:
    """Return the lanes from the caller to the shaft, and how many events they lack.

    Args:
        events: in the order of time.
        zero_s: what the lanes call 0 ms.
    """
    return _Sorter(events, zero_s).lanes()


class _Sorter:
    def __init__(self, events: Sequence[Event], zero_s: float) -> None:
        drawn = [e for e in events if (e.source, e.kind) not in _NOT_DRAWN]
        self._left_out = max(0, len(drawn) - MOST_EVENTS)
        if self._left_out:  # those furthest from what it is all about
            drawn.sort(key=lambda event: abs(event.t_s - zero_s))
            drawn = sorted(drawn[:MOST_EVENTS], key=lambda event: event.t_s)
        self._events = drawn
        self._zero_s = zero_s
        self._end_ms = self._ms(events[-1]) if events else 0.0
        self._layers: dict[str, _Layer] = {}
        # The calls that the case is about; the others are questions about its state.
        self._judged = {
            event.data.get("call")
            for event in events
            if event.source is Source.JUDGE and event.kind == "call"
        }

    def _ms(self, event: Event) -> float:
        return round((event.t_s - self._zero_s) * 1000, _DECIMALS)

    def _layer(self, name: str) -> _Layer:
        return self._layers.setdefault(name, _Layer())

    def lanes(self) -> tuple[tuple[Lane, ...], int]:
        for name in ("harness", "client", "server", "operation", "component"):
            self._layer(name)
        sort: Mapping[Source, Callable[[Event], None]] = {
            Source.JUDGE: lambda event: self._mark("harness", event),
            Source.CLIENT: self._client,
            Source.SERVER: self._server,
            Source.LINK: self._link,
            Source.BOARD: self._board,
            Source.PINS: lambda event: self._mark("pins", event),
            Source.SHAFT: self._shaft,
        }
        for event in self._events:
            sort[event.source](event)
        lanes = []
        for name in _in_order(self._layers):
            layer = self._layers[name]
            for key in list(layer.open):
                if name == "bytes in":
                    self._end_line(layer, key)
                else:
                    layer.end(key, self._end_ms, "not seen to end")
            if layer.spans or layer.marks:
                spans = sorted(layer.spans, key=lambda span: span.begin_ms)
                lanes.append(Lane(name, tuple(spans), tuple(layer.marks)))
        return tuple(lanes), self._left_out

    def _mark(self, lane: str, event: Event) -> None:
        tone = _TONES.get(event.kind, Tone.PLAIN)
        label = _label(event)
        self._layer(lane).marks.append(
            Mark(self._ms(event), label, _detail(event), tone)
        )

    def _client(self, event: Event) -> None:
        self._call(event, "client", begin="call-sent", end="call-returned")

    def _server(self, event: Event) -> None:
        lane = "operation" if event.data.get("call") in self._judged else "server"
        self._call(event, lane, begin="call-begun", end="call-ended")

    def _call(self, event: Event, lane: str, *, begin: str, end: str) -> None:
        call = str(event.data.get("call", ""))
        if event.kind == begin:
            tone = Tone.DRIVE if event.data.get("call") in self._judged else Tone.DIM
            span = _Open(self._ms(event), _label(event), _detail(event), tone)
            self._layer(lane).begin(call, span)
        elif event.kind == end:
            self._layer(lane).end(call, self._ms(event), _detail(event))
        else:
            self._mark(lane, event)

    def _link(self, event: Event) -> None:
        if event.kind == "tx":
            at_ms, text = self._ms(event), _text(event)
            self._layer("bytes out").marks.append(Mark(at_ms, _short(text), text))
        elif event.kind == "rx":
            self._received(event)
        elif event.kind in _TO_BOARD:
            self._mark("component", event)
        else:
            self._mark("link", event)

    def _received(self, event: Event) -> None:
        """Join what came in pieces, until a line ends or the board falls silent."""
        lane = self._layer("bytes in")
        key, at_ms, text = (
            str(event.data.get("board", "")),
            self._ms(event),
            _text(event),
        )
        line = lane.open.get(key)
        if line is not None and at_ms - line.latest_ms > _LINE_ENDS_MS:
            self._end_line(lane, key)
            line = None
        if line is None:
            line = lane.open[key] = _Open(at_ms, "", "", Tone.PLAIN)
        line.pieces.append(text)
        line.latest_ms = at_ms
        if text.endswith("\\n"):
            self._end_line(lane, key)

    def _end_line(self, lane: _Layer, key: str) -> None:
        line = lane.open.pop(key)
        text = safe("".join(line.pieces))
        lane.spans.append(Span(line.begin_ms, line.latest_ms, _short(text), text))

    def _board(self, event: Event) -> None:
        if event.kind == "state":
            axis, state = _word(event, "axis"), _word(event, "state")
            lane = self._layer(f"state {axis}")
            lane.end(axis, self._ms(event))
            if state != "idle":
                tone = Tone.STOP if state == "stopping" else Tone.DRIVE
                span = _Open(self._ms(event), _short(state), _detail(event), tone)
                lane.begin(axis, span)
        else:
            self._mark("board", event)

    def _shaft(self, event: Event) -> None:
        axis = _word(event, "axis")
        lane = self._layer(f"shaft {axis}")
        if event.kind == "moving":
            span = _Open(self._ms(event), "moving", _detail(event), Tone.DRIVE)
            lane.begin(axis, span)
        elif event.kind == "standstill":
            lane.end(axis, self._ms(event))
            self._mark(f"shaft {axis}", event)
        else:
            self._mark(f"shaft {axis}", event)


_ORDER: Final = (
    "harness",
    "client",
    "server",
    "operation",
    "component",
    "bytes out",
    "bytes in",
    "link",
    "board",
    "state",
    "pins",
    "shaft",
)


def _in_order(names: Iterable[str]) -> list[str]:
    def place(name: str) -> tuple[int, str]:
        known = name if name in _ORDER else name.split(" ", 1)[0]
        return _ORDER.index(known), name

    return sorted(names, key=place)


def _word(event: Event, key: str) -> str:
    return safe(event.data.get(key, ""))


def _text(event: Event) -> str:
    return safe(event.data.get("text", event.data.get("hex", "")))


def _short(text: str) -> str:
    return text if len(text) <= _LABEL else text[: _LABEL - 1] + "…"


def _label(event: Event) -> str:
    for key in _NAMED_BY:
        value = event.data.get(key)
        if value not in (None, ""):
            return _short(safe(value))
    return _short(safe(event.kind))


def _detail(event: Event) -> str:
    return "; ".join([safe(event.kind), *_facts(event.data)])


def _facts(data: Mapping[str, Scalar]) -> Iterator[str]:
    for key, value in data.items():
        if value not in (None, ""):
            shown = f"{value:.6g}" if isinstance(value, float) else value
            yield f"{safe(key)} {safe(shown)}"
