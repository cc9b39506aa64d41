"""Frames as `-v` shows them: in words, in order, safe, and nobody waits for it."""

import io
import threading

from deadstop.report.frames import CaseFrames, FrameTeller
from deadstop.trace import Event, Scalar, Source
from tests.harness.report_values import HOSTILE


def link(ms: float, kind: str, **data: Scalar) -> Event:
    """Return an event of the tap, *ms* after the case began."""
    return Event(100 + ms / 1000, Source.LINK, kind, data)


def lines(*events: Event) -> list[str]:
    """Return what is shown of a case of *events*."""
    frames = CaseFrames()
    return [line for event in events for line in frames.lines_of(event)]


def test_a_frame_is_told_with_its_time_direction_axis_words_and_bytes() -> None:
    """Also one that came in pieces, with the beginning of the next behind it."""
    shown = lines(
        Event(100.0, Source.BOARD, "boot", {}),
        link(7, "tx", hex=b":7 move a\n".hex(), text=""),
        link(7, "motion", verb="move", axis="a", motion=1, seq=0, overtaken=False),
        link(8, "rx", hex=b"=7 ".hex(), text=""),
        link(9, "rx", hex=b"1\r\n@".hex(), text=""),
        link(9, "ack", verb="move", axis="a", fields="1"),
        link(10, "rx", hex=b"2 boot\n".hex(), text=""),
        link(10, "board-event", event="boot"),
        Event(100.011, Source.JUDGE, "strike", {"trigger": "unplug"}),
        link(12, "unplugged", side="component"),
    )

    assert shown == [
        "     7.000 ms -> a  motion verb=move motion=1 seq=0  ':7 move a\\n'",
        "     9.000 ms <- a  ack verb=move fields=1  '=7 1\\r\\n'",
        "    10.000 ms <- -  board-event event=boot  '@2 boot\\n'",
        "    11.000 ms -- -  strike trigger=unplug",
        "    12.000 ms -- -  unplugged side=component",
    ]


def test_what_a_board_says_cannot_act_on_the_terminal() -> None:
    """Neither its bytes nor what a decoder makes of them."""
    raw = HOSTILE.encode("utf-8", "surrogatepass")
    (line,) = lines(
        link(0, "rx", hex=raw.hex(), text=""),
        link(0, "garbled", direction="rx", why=HOSTILE, axis=HOSTILE, board=HOSTILE),
    )

    assert line.isprintable()
    assert line.isascii()


class Blocked(io.StringIO):
    """A terminal on which nothing can be written for a while."""

    def __init__(self) -> None:
        """Begin blocked."""
        super().__init__()
        self.goes_on = threading.Event()

    def write(self, text: str) -> int:
        """Wait, then take *text*."""
        self.goes_on.wait()
        return super().write(text)


def test_whoever_tells_of_a_frame_never_waits_and_none_is_lost() -> None:
    """The tap's thread goes on while the terminal is stopped."""
    screen = Blocked()
    teller = FrameTeller(screen)
    hear = teller.begin("go_for/none/idle")
    for number in range(5000):
        hear(link(number, "keep", axis="a", motion=number))
    assert screen.getvalue() == ""

    screen.goes_on.set()
    teller.wait_told()
    told = screen.getvalue().splitlines()
    teller.close()

    assert told[0] == "case go_for/none/idle"
    assert [int(line.rpartition("=")[2]) for line in told[1:]] == list(range(5000))
