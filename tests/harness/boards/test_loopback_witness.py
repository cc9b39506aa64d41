"""What the twin puts on the trace is exact, and not more than is needed."""

from itertools import pairwise

import pytest

from deadstop.trace import Event, Source
from tests.harness.boards.twin import Twin


def of_kind(twin: Twin, kind: str) -> list[Event]:
    """The events of one kind about axis a."""
    return [e for e in twin.seen if e.kind == kind and e.data.get("axis") == "a"]


def test_drive_on_off_and_reversal_are_seen_at_their_instants(twin: Twin) -> None:
    twin.spin("a", 1)
    twin.wait(0.5)
    twin.spin("a", 2, -8000)
    twin.wait(0.5)
    twin.now_s += 0.000_123
    twin.send(b"!")
    drives = twin.drives("a")
    signs = [
        (duty > 0) - (duty < 0)
        for duty in (int(event.data["duty_permille"] or 0) for event in drives)
    ]
    changes = [1, *[after for before, after in pairwise(signs) if before != after]]
    assert changes == [1, -1, 0]
    assert drives[-1].t_s == twin.now_s


def test_a_drive_that_merely_varies_is_seen_at_most_every_5_ms(twin: Twin) -> None:
    twin.spin("a", 1)
    twin.wait(0.3)
    stamps_s = [event.t_s for event in twin.drives("a")]
    assert len(stamps_s) > 10
    assert min(after - before for before, after in pairwise(stamps_s)) > 0.0049


def test_the_shaft_is_sampled_every_2_ms_while_it_moves(twin: Twin) -> None:
    twin.spin("a", 1)
    twin.wait(1.0)
    samples = of_kind(twin, "sample")
    assert len(samples) == pytest.approx(500, abs=3)
    assert {event.source for event in samples} == {Source.SHAFT}


def test_moving_and_standstill_frame_the_motion(twin: Twin) -> None:
    twin.spin("a", 1)
    twin.wait(0.5)
    twin.send(b"A")
    twin.wait(1.0)
    kinds = [k for k in twin.kinds(Source.SHAFT) if k != "sample"]
    assert kinds == ["moving", "standstill"]
    (standstill,) = of_kind(twin, "standstill")
    last_sample = of_kind(twin, "sample")[-1]
    assert standstill.t_s == pytest.approx(last_sample.t_s, abs=0.003)
    assert standstill.data["position_rev"] == twin.motors["a"].position_rev


def test_states_commands_and_refusals_are_on_the_trace(twin: Twin) -> None:
    twin.seen.clear()
    twin.spin("a", 1)
    twin.send(b"A")
    twin.wait(1.0)
    twin.send(b":1 nonsense\n")
    board = [
        (event.kind, dict(event.data))
        for event in twin.seen
        if event.source is Source.BOARD
    ]
    assert board == [
        ("command", {"verb": "spin", "axis": "a", "motion": 1, "seq": 1}),
        ("state", {"axis": "a", "state": "moving", "motion": 1}),
        ("stop-byte", {"axis": "a"}),
        ("state", {"axis": "a", "state": "stopping", "motion": 1}),
        (
            "event",
            {"event": "stopping", "axis": "a", "motion": 1, "cause": "byte"},
        ),
        ("state", {"axis": "a", "state": "idle", "motion": 1}),
        ("event", {"event": "stopped", "axis": "a", "motion": 1, "cause": "byte"}),
        ("refused", {"code": 1, "name": "bad-frame"}),
    ]


def test_a_stop_of_every_axis_is_marked_with_a_star(twin: Twin) -> None:
    twin.send(b"!")
    twin.send(b"H")
    assert [e.data["axis"] for e in twin.seen if e.kind == "stop-byte"] == ["*", "*"]
