"""The record of one case: its order, its listeners, its file."""

import math
import re
import threading
from pathlib import Path

import pytest

from deadstop.trace import Event, Source, Trace, TraceFileError

EVENTS = (
    Event(12.000000001, Source.JUDGE, "case", {"motion": "go_for", "repeat": 1}),
    Event(12.1 + 0.2, Source.LINK, "stop", {"axis": "a", "motion": None}),
    Event(13.5, Source.SHAFT, "sample", {"position_rev": 0.1 + 0.2, "off": math.inf}),
    Event(
        13.75, Source.SERVER, "loop-lag", {"text": 'line\nfeed "é"\u2028', "ok": True}
    ),
)


def test_what_is_written_is_read_back_exactly(tmp_path: Path) -> None:
    """Stamps to the last bit: a verdict must not depend on the way to the disk."""
    path = tmp_path / "trace.jsonl"

    Trace(EVENTS).write(path)

    assert tuple(Trace.read(path)) == EVENTS
    assert len(path.read_text(encoding="utf-8").splitlines()) == len(EVENTS)


def test_an_event_cannot_be_changed() -> None:
    """What happened has happened; nor can what another event lacks be added to it."""
    event = Event(1.0, Source.JUDGE, "begin")

    with pytest.raises(AttributeError):
        event.t_s = 2.0  # type: ignore[misc]
    with pytest.raises(TypeError, match="does not support item assignment"):
        event.data["axis"] = "a"  # type: ignore[index]
    assert event == Event(1.0, Source.JUDGE, "begin", {})


def test_events_come_in_the_order_of_their_stamps() -> None:
    """Layers tell what they saw with a delay of their own."""
    trace = Trace(reversed(EVENTS))

    assert tuple(trace) == EVENTS


def test_events_of_one_stamp_keep_the_order_in_which_they_were_told() -> None:
    """Several messages came in one chunk of bytes."""
    same = [Event(1.0, Source.LINK, kind) for kind in ("stop", "motion", "keep")]

    assert list(Trace(same)) == same


def test_a_listener_hears_each_event_until_it_is_taken_away() -> None:
    """In the thread of who adds it."""
    trace = Trace(EVENTS[:1])
    heard: list[Event] = []

    unlisten = trace.listen(heard.append)
    trace.add(EVENTS[1])
    unlisten()
    unlisten()  # harmless
    trace.add(EVENTS[2])

    assert heard == [EVENTS[1]]
    assert len(trace) == 3


def test_a_listener_may_add_and_listen_itself() -> None:
    """As the judge does, who notes that a moment was reached."""
    trace = Trace()

    def note(event: Event) -> None:
        if event.kind == "stop":
            unlisten()
            trace.add(Event(event.t_s, Source.JUDGE, "moment"))

    unlisten = trace.listen(note)
    trace.add(EVENTS[1])

    assert [event.kind for event in trace] == ["stop", "moment"]


def test_threads_that_add_at_once_lose_nothing() -> None:
    """The tap, the board and the judge each have their own."""
    trace = Trace()
    heard: list[Event] = []
    trace.listen(heard.append)
    each = 500

    def add(name: int) -> None:
        for number in range(each):
            trace.add(Event(number, Source.BOARD, "event", {"thread": name}))
            if number % 50 == 0:
                assert len(list(trace)) > number

    threads = [threading.Thread(target=add, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(trace) == len(heard) == 4 * each
    assert [event.t_s for event in trace] == sorted(event.t_s for event in heard)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no json",
        "5",
        "[]",
        "null",
        '{"source": "judge", "kind": "case"}',
        '{"t_s": 1, "kind": "case"}',
        '{"t_s": 1, "source": "judge"}',
        '{"t_s": 1, "source": "nobody", "kind": "case"}',
        '{"t_s": null, "source": "judge", "kind": "case"}',
        '{"t_s": NaN, "source": "judge", "kind": "case"}',
        '{"t_s": 1' + "0" * 400 + ', "source": "judge", "kind": "case"}',
        "[" * 100_000,
    ],
    ids=lambda line: line[:40] or "empty",
)
def test_a_line_that_is_no_event_is_named_with_its_file(
    tmp_path: Path, line: str
) -> None:
    """The second line, whatever is wrong with it."""
    path = tmp_path / "trace.jsonl"
    Trace(EVENTS[:1]).write(path)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")

    with pytest.raises(
        TraceFileError, match=rf"^{re.escape(str(path))}:2: not a trace event: "
    ):
        Trace.read(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """It is not there."""
    path = tmp_path / "none.jsonl"

    with pytest.raises(
        TraceFileError, match=rf"^{re.escape(str(path))}: cannot read the trace: "
    ):
        Trace.read(path)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """Somebody passed a picture."""
    path = tmp_path / "trace.jsonl"
    path.write_bytes(b"\x89PNG\xff\xfe")

    with pytest.raises(TraceFileError, match="cannot read the trace"):
        Trace.read(path)
