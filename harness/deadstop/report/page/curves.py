"""Drive, speed and position of a trace as curves, with no more points than show."""

from collections.abc import Sequence
from typing import Final, TypeGuard

from deadstop.report.page.timeline import Band, Chart, Curve
from deadstop.trace import Event, Source

__all__ = ["MOST_POINTS", "charts_of", "thinned"]

# Twice what the widest screen has in pixels; above it a curve keeps its extremes.
MOST_POINTS: Final = 4000
_PER_BUCKET: Final = 4  # first, lowest, highest, last
_DECIMALS: Final = 4  # of a ms: 0.1 us, more than two CPU cycles of an Uno
_WHOLE_PERMILLE: Final = 10.0  # permille in a percent


def charts_of(
    events: Sequence[Event], zero_s: float, bands: Sequence[Band] = ()
) -> tuple[Chart, ...]:
    """Return the charts that a trace has something for; *bands* are of position."""
    charts = (
        _chart("drive", "%", events, zero_s, "duty_permille", stepped=True),
        _chart("speed", "rev/s", events, zero_s, "speed_rev_s"),
        _chart("position", "rev", events, zero_s, "position_rev", bands=bands),
    )
    return tuple(chart for chart in charts if chart.curves)


def _chart(
    name: str,
    unit: str,
    events: Sequence[Event],
    zero_s: float,
    key: str,
    *,
    stepped: bool = False,
    bands: Sequence[Band] = (),
) -> Chart:
    source, kind = (Source.PINS, "drive") if stepped else (Source.SHAFT, "sample")
    points: dict[str, list[tuple[float, float]]] = {}
    for event in events:
        value = event.data.get(key)
        if event.source is source and event.kind == kind and _is_figure(value):
            if stepped:
                value /= _WHOLE_PERMILLE
            at_ms = round((event.t_s - zero_s) * 1000, _DECIMALS)
            axis = str(event.data.get("axis", ""))
            points.setdefault(axis, []).append((at_ms, float(f"{value:.6g}")))
    curves = []
    for axis, of_axis in sorted(points.items()):
        kept = thinned(of_axis)
        if stepped:  # what was set last holds until the end
            end_ms = round((events[-1].t_s - zero_s) * 1000, _DECIMALS)
            kept.append((end_ms, kept[-1][1]))
        curves.append(
            Curve(axis, tuple(at_ms for at_ms, _ in kept), tuple(v for _, v in kept))
        )
    return Chart(name, unit, stepped, tuple(curves), tuple(bands))


def _is_figure(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def thinned(
    points: Sequence[tuple[float, float]], most: int = MOST_POINTS
) -> list[tuple[float, float]]:
    """Return at most *most* of the points; what stands out is never left out."""
    if len(points) <= most:
        return list(points)
    buckets = most // _PER_BUCKET
    kept: list[tuple[float, float]] = []
    for number in range(buckets):
        bucket = points[
            number * len(points) // buckets : (number + 1) * len(points) // buckets
        ]
        chosen = {
            0,
            min(range(len(bucket)), key=lambda i: bucket[i][1]),
            max(range(len(bucket)), key=lambda i: bucket[i][1]),
            len(bucket) - 1,
        }
        kept.extend(bucket[index] for index in sorted(chosen))
    return kept
