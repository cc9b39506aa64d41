"""What the twin puts on the trace is exact, and not more than is needed."""

from itertools import pairwise

import pytest

from arduino_actuators.wire import Verb
from deadstop.trace import Event, Source
from tests.harness.boards.twin import Twin


def of_kind(twin: Twin, kind: str) -> list[Event]:
    """The events of one kind about axis a."""
    return [e for e in twin.seen if e.kind == kind and e.data.get("axis") == "a"]


def test_drive_on_off_and_reversal_are_seen_at_their_instants(twin: Twin) -> None:
    """Also when they are closer together than the thinning."""
    instants_s: list[float] = []
    for duty_permille in (500, -500):
        motion = len(instants_s) + 1
        twin.ask(Verb.POWER, "a", motion, 2000, duty_permille)
        instants_s.append(twin.now_s)
        twin.wait(0.001_123)
    twin.send(b"!")
    assert [(e.t_s, e.data["duty_permille"]) for e in twin.drives("a")] == [
        (instants_s[0], 500),
        (instants_s[1], -500),
        (twin.now_s, 0),
    ]


def test_a_drive_that_merely_varies_is_seen_at_most_every_5_ms(twin: Twin) -> None:
    """The trace would be all duty cycles otherwise."""
    twin.spin("a", 1)
    twin.wait(0.3)
    stamps_s = [event.t_s for event in twin.drives("a")]
    assert len(stamps_s) > 10
    assert min(after - before for before, after in pairwise(stamps_s)) > 0.0049


def test_the_shaft_is_sampled_every_2_ms_while_it_moves(twin: Twin) -> None:
    """True angle and true speed."""
    twin.spin("a", 1)
    twin.wait(1.0)
    samples = of_kind(twin, "sample")
    assert len(samples) == pytest.approx(500, abs=3)
    assert {event.source for event in samples} == {Source.SHAFT}


def test_moving_and_standstill_frame_the_motion(twin: Twin) -> None:
    """The stamp of a standstill is its beginning."""
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
    """In the order in which they happened."""
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
    """`!`, and the letter of an axis that is not there."""
    twin.send(b"!")
    twin.send(b"H")
    assert [e.data["axis"] for e in twin.seen if e.kind == "stop-byte"] == ["*", "*"]
