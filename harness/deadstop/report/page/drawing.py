"""A case's trace, made into a timeline."""

from collections.abc import Sequence
from typing import Final

from deadstop.axes import split_axes
from deadstop.latency import LEGS
from deadstop.report.page.curves import charts_of
from deadstop.report.page.lanes import lanes_of
from deadstop.report.page.timeline import Band, Lane, Line, Span, Timeline, Tone
from deadstop.report.text import milliseconds
from deadstop.results import CaseResult
from deadstop.rig import Limits
from deadstop.trace import Event, Source, Trace

__all__ = ["timeline_of"]

_TO_OPERATION, _TO_STOP, _STOPS, _TO_BOARD, _TO_PINS, _TO_STILL, _WHOLE = LEGS
# Which leg begins where which other one ends; see `deadstop.latency`.
_BEHIND: Final = {
    _TO_OPERATION: "",
    _TO_STOP: _TO_OPERATION,
    _STOPS: _TO_STOP,
    _TO_BOARD: _TO_STOP,
    _TO_PINS: _TO_BOARD,
    _TO_STILL: _TO_PINS,
    _WHOLE: "",
}
_TIMED: Final = {
    "stop-commanded": "stop due",
    "motion-ceased": "standstill due",
}


def timeline_of(trace: Trace, case: CaseResult, limits: Limits) -> Timeline:
    """Return what is drawn of *case*, whose events are in *trace*."""
    events = tuple(trace)
    strike_s = next((e.t_s for e in events if _is(e, Source.JUDGE, "strike")), None)
    begin_s = events[0].t_s if events else 0.0
    zero_s = begin_s if strike_s is None else strike_s
    lanes, left_out = lanes_of(events, zero_s)
    legs = _legs(case)
    return Timeline(
        struck=strike_s is not None,
        begin_ms=_ms(begin_s, zero_s),
        end_ms=_ms(events[-1].t_s, zero_s) if events else 0.0,
        lanes=(legs, *lanes) if legs.spans else lanes,
        charts=charts_of(events, zero_s, _bands(events, strike_s, limits)),
        lines=_lines(case) if strike_s is not None else (),
        left_out=left_out,
    )


def _is(event: Event, source: Source, kind: str) -> bool:
    return event.source is source and event.kind == kind


def _ms(t_s: float, zero_s: float) -> float:
    return round((t_s - zero_s) * 1000, 4)


def _legs(case: CaseResult) -> Lane:
    """Lay the legs one behind the other, as they were measured."""
    seconds = {leg.name: leg.seconds for leg in case.legs}
    ends_s = {"": 0.0}
    spans = []
    for name, before in _BEHIND.items():
        if name not in seconds or before not in ends_s:
            continue
        begin_s = ends_s[before]
        ends_s[name] = begin_s + seconds[name]
        if name not in (_STOPS, _WHOLE):  # these two go on beside the others
            told = f"{name}: {milliseconds(seconds[name])}"
            spans.append(
                Span(
                    round(begin_s * 1000, 4),
                    round(ends_s[name] * 1000, 4),
                    name,
                    told,
                    Tone.STOP,
                )
            )
    return Lane("legs", tuple(spans))


def _lines(case: CaseResult) -> tuple[Line, ...]:
    return tuple(
        Line(
            verdict.limit * 1000,
            f"{_TIMED[verdict.invariant]}, {milliseconds(verdict.limit)}",
        )
        for verdict in case.verdicts
        if verdict.invariant in _TIMED and verdict.limit and verdict.unit == "s"
    )


def _bands(
    events: Sequence[Event], strike_s: float | None, limits: Limits
) -> tuple[Band, ...]:
    """Return how far each axis of an ended call may turn from the strike on."""
    if strike_s is None:
        return ()
    axes = {
        axis
        for event in events
        if _is(event, Source.JUDGE, "call") and event.data.get("ended")
        for axis in split_axes(str(event.data.get("axis", "")))
    }
    bands = []
    for axis in sorted(axes):
        before = [
            (float(event.data["position_rev"] or 0), float(event.data["speed_rev_s"] or 0))
            for event in events
            if _is(event, Source.SHAFT, "sample")
            and event.data.get("axis") == axis
            and event.t_s <= strike_s
            and {"position_rev", "speed_rev_s"} <= event.data.keys()
        ]
        if before and before[-1][1]:
            position_rev, speed_rev_s = before[-1]
            way_rev = limits.stop_distance_rev * (1 if speed_rev_s > 0 else -1)
            bands.append(
                Band(
                    round(position_rev + way_rev, 6),
                    f"limit {axis}: {limits.stop_distance_rev:g} rev from the trigger",
                )
            )
    return tuple(bands)
