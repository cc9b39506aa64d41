"""What is drawn of a case: every layer, in its place, and no more than shows."""

import pytest

from deadstop.report.page.curves import MOST_POINTS, thinned
from deadstop.report.page.drawing import timeline_of
from deadstop.report.page.lanes import MOST_EVENTS
from deadstop.report.page.timeline import Lane, LineKind, Timeline, Tone
from deadstop.rig import Limits
from deadstop.trace import Event, Source, Trace
from tests.harness.report.folders import SCRIPT, STRIKE_S, a_stop, stopped_case


def drawn(*more: Event) -> Timeline:
    """Draw a stop."""
    return timeline_of(a_stop(*more), stopped_case(), Limits())


def lane(timeline: Timeline, name: str) -> Lane:
    """Return one of its lanes."""
    return next(lane for lane in timeline.lanes if lane.name == name)


def test_every_layer_has_its_lane_from_the_caller_to_the_shaft() -> None:
    """In the order in which a cancellation passes them."""
    timeline = drawn()

    assert [lane.name for lane in timeline.lanes] == [
        *("legs", "harness", "client", "operation", "component"),
        *("bytes out", "bytes in", "board", "state a", "shaft a"),
    ]
    assert [chart.name for chart in timeline.charts] == ["drive", "speed", "position"]
    assert timeline.charts[0].curves[0].values == (75.0, 0.0, 0.0)


def test_the_operation_lasts_from_its_begin_to_its_end() -> None:
    """And the cancellation is marked in it; zero is the strike."""
    operation = lane(drawn(), "operation")

    (span,) = operation.spans
    assert (span.begin_ms, span.end_ms, span.label) == (-398.0, 203.0, "GoFor")
    assert "outcome cancelled" in span.detail
    assert [(m.at_ms, m.tone) for m in operation.marks] == [(1.0, Tone.STOP)]


def test_what_arrives_in_pieces_is_one_line() -> None:
    """It begins with the first piece and ends with the last."""
    (span,) = lane(drawn(), "bytes in").spans

    assert (span.begin_ms, span.end_ms, span.detail) == (-396.0, -395.0, "=7 ok\\n")


def test_a_board_that_falls_silent_has_ended_its_line() -> None:
    """Also where the run ends before it says more."""
    pieces = [
        Event(STRIKE_S + at_s, Source.LINK, "rx", {"text": text})
        for at_s, text in ((0.01, "half"), (0.1, SCRIPT))
    ]

    spans = lane(drawn(*pieces), "bytes in").spans

    assert [span.detail for span in spans[1:]] == ["half", SCRIPT]


def test_the_legs_lie_between_the_trigger_and_the_standstill() -> None:
    """One behind the other, as long as they are in `run.json`."""
    spans = lane(drawn(), "legs").spans

    bounds = [(round(s.begin_ms, 3), round(s.end_ms, 3)) for s in spans]
    assert bounds == [(0, 1), (1, 1.5), (1.5, 2), (2, 2), (2, 202)]


def test_limits_are_lines_and_so_are_trigger_stop_and_standstill() -> None:
    """Down all lanes; how far the shaft may turn is a line across its position."""
    timeline = drawn()

    lines = {line.label: (line.at_ms, line.kind) for line in timeline.lines}
    assert lines["trigger"] == (0.0, LineKind.TRIGGER)
    assert lines["stop"] == (1.5, LineKind.STOP)
    assert lines["standstill"] == (202.0, LineKind.STANDSTILL)
    assert lines["stop due, 50 ms"] == (50.0, LineKind.LIMIT)
    (band,) = timeline.charts[-1].bands
    assert band.value == pytest.approx(0.394 + 0.6, abs=0.003)


def test_a_call_that_never_ended_goes_on_to_the_end() -> None:
    """And says so."""
    data = {"call": "ask#9", "method": "get_position"}
    span = lane(
        drawn(Event(STRIKE_S + 0.1, Source.CLIENT, "call-sent", data)), "client"
    ).spans[-1]

    assert span.end_ms == 300.0
    assert span.detail.endswith("not seen to end")


def test_a_trace_without_a_strike_begins_at_zero() -> None:
    """A reference, or a case that ended before it."""
    early = Trace(event for event in a_stop() if event.t_s < STRIKE_S)

    timeline = timeline_of(early, stopped_case(), Limits())

    assert (timeline.struck, timeline.begin_ms, timeline.lines) == (False, 0.0, ())


def test_an_empty_trace_has_an_empty_timeline() -> None:
    """A process that died at once leaves one."""
    timeline = timeline_of(Trace(), stopped_case(), Limits())

    assert (timeline.lanes, timeline.charts) == ((), ())


def test_events_beyond_measure_are_counted() -> None:
    """A board that chatters does not make a page of a hundred megabytes."""
    chatter = [
        Event(STRIKE_S + n / 1e4, Source.BOARD, "command", {"verb": "state"})
        for n in range(MOST_EVENTS)
    ]

    timeline = drawn(*chatter)

    marks = sum(len(one.marks) + len(one.spans) for one in timeline.lanes[1:])
    assert marks <= MOST_EVENTS
    assert 0 < timeline.left_out < 30
    assert lane(timeline, "operation").marks, "what is near the strike stays"


def test_a_thinned_curve_keeps_its_extremes() -> None:
    """A glitch of one sample among a hundred thousand still shows."""
    points = [(float(n), 0.0) for n in range(100_000)]
    points[54_321] = (54_321.0, 9.0)
    points[77_777] = (77_777.0, -3.0)

    kept = thinned(points)

    assert len(kept) <= MOST_POINTS
    assert {(54_321.0, 9.0), (77_777.0, -3.0), points[0], points[-1]} <= set(kept)
    assert kept == sorted(kept)
