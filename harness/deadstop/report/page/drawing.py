"""A case's trace, made into a timeline."""

from collections.abc import Sequence
from typing import Final

from deadstop.axes import split_axes
from deadstop.latency import LEGS
from deadstop.report.page.curves import charts_of
from deadstop.report.page.lanes import lanes_of
from deadstop.report.page.timeline import (
    Band,
    Lane,
    Line,
    LineKind,
    Span,
    Timeline,
    Tone,
)
from deadstop.report.text import milliseconds
from deadstop.results import CaseResult
from deadstop.rig import Limits
from deadstop.trace import Event, Source, Trace

__all__ = ["timeline_of"]

_TO_OPERATION, _TO_STOP, _STOPS, _TO_BOARD, _TO_PINS, _TO_STILL, _WHOLE = LEGS
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
    struck = strike_s is not None
    return Timeline(
        struck=struck,
        begin_ms=_ms(begin_s, zero_s),
        end_ms=_ms(events[-1].t_s, zero_s) if events else 0.0,
        lanes=(_lane(legs), *lanes) if struck and legs else lanes,
        charts=charts_of(events, zero_s, _bands(events, strike_s, limits)),
        lines=(*_flags(case, legs), *_lines(case)) if struck else (),
        left_out=left_out,
    )


def _is(event: Event, source: Source, kind: str) -> bool:
    return event.source is source and event.kind == kind


def _ms(t_s: float, zero_s: float) -> float:
    return round((t_s - zero_s) * 1000, 4)


def _legs(case: CaseResult) -> dict[str, tuple[float, float]]:
    """Return from when to when each leg went on, in seconds from the strike.

    What comes before the stop byte is laid from the strike on, what comes after it from
    the standstill back: a component may stop before its call is told to.
    """
    took_s = {leg.name: leg.seconds for leg in case.legs}
    legs: dict[str, tuple[float, float]] = {}
    at_s = 0.0
    for name in (_TO_OPERATION, _TO_STOP, _TO_BOARD, _TO_PINS, _TO_STILL):
        if name not in took_s:
            break
        legs[name] = (at_s, at_s + took_s[name])
        at_s += took_s[name]
    if _TO_STILL in legs and _WHOLE in took_s:
        at_s = took_s[_WHOLE]
        for name in (_TO_STILL, _TO_PINS, _TO_BOARD):
            legs[name] = (at_s - took_s[name], at_s)
            at_s -= took_s[name]
        if took_s[_TO_STOP]:
            legs[_TO_STOP] = (legs[_TO_OPERATION][1], at_s)
        else:
            legs[_TO_STOP] = (at_s, at_s)
    return legs


def _lane(legs: dict[str, tuple[float, float]]) -> Lane:
    return Lane(
        "legs",
        tuple(
            Span(
                round(begin_s * 1000, 4),
                round(end_s * 1000, 4),
                name,
                f"{name}: {milliseconds(end_s - begin_s)}",
                Tone.STOP,
            )
            for name, (begin_s, end_s) in legs.items()
        ),
    )


def _flags(case: CaseResult, legs: dict[str, tuple[float, float]]) -> tuple[Line, ...]:
    flags = [Line(0.0, "trigger", LineKind.TRIGGER)]
    if _TO_OPERATION in legs:
        at_ms = round(legs[_TO_OPERATION][1] * 1000, 4)
        flags.append(Line(at_ms, "cancelled", LineKind.TRIGGER))
    if _TO_STOP in legs:
        flags.append(Line(round(legs[_TO_STOP][1] * 1000, 4), "stop", LineKind.STOP))
    still_s = next((leg.seconds for leg in case.legs if leg.name == _WHOLE), None)
    if still_s is not None:
        flags.append(Line(round(still_s * 1000, 4), "standstill", LineKind.STANDSTILL))
    return tuple(flags)


def _lines(case: CaseResult) -> tuple[Line, ...]:
    return tuple(
        Line(
            verdict.limit * 1000,
            f"{_TIMED[verdict.invariant]}, {milliseconds(verdict.limit)}",
            LineKind.LIMIT,
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
            (
                float(event.data["position_rev"] or 0),
                float(event.data["speed_rev_s"] or 0),
            )
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
                    f"limit {axis}"
                    if len(axes) > 1
                    else f"limit: {limits.stop_distance_rev:g} rev from the trigger",
                )
            )
    return tuple(bands)
