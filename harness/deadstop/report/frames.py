"""Frames as they pass, in words: what `deadstop run -v` shows of a case.

Events come from the tap's thread, in which bytes wait for whoever listens. So hearing
is no more than an append to a queue without bounds; words are made, and printed, in a
thread of their own, as plain text.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from queue import Empty, SimpleQueue
from typing import IO, Final, TypeAlias

from deadstop.link.decoder import LinkKind, escaped
from deadstop.report.text import safe
from deadstop.trace import Event, Scalar, Source

__all__ = ["CaseFrames", "FrameTeller"]

_TO_BOARD: Final = "->"
_FROM_BOARD: Final = "<-"
_NEITHER: Final = "--"
_BYTES: Final = {LinkKind.TX: _TO_BOARD, LinkKind.RX: _FROM_BOARD}
_ARROWS: Final[Mapping[str, str]] = {
    LinkKind.STOP: _TO_BOARD,
    LinkKind.MOTION: _TO_BOARD,
    LinkKind.MOTION_BEGUN: _TO_BOARD,
    LinkKind.KEEP: _TO_BOARD,
    LinkKind.QUERY: _TO_BOARD,
    LinkKind.SETTING: _TO_BOARD,
    LinkKind.SESSION: _TO_BOARD,
    LinkKind.INJECTED: _TO_BOARD,
    LinkKind.ACK: _FROM_BOARD,
    LinkKind.REFUSED: _FROM_BOARD,
    LinkKind.BOARD_EVENT: _FROM_BOARD,
}
# Of the judge: what divides a case in before and after.
_ALSO: Final = frozenset({(Source.JUDGE, "strike")})
# The axis has a column of its own; the bytes are shown as text.
_TOLD_ELSEWHERE: Final = frozenset(
    {"axis", "board", "component", "hex", "text", "frame_bytes", "direction"}
)
_MOST_RAW_BYTES: Final = 60
_MOST_WORDS: Final = 120
GATHERED_S: Final = 0.03  # a person sees no difference

_Line: TypeAlias = Callable[[], Iterator[str]]


class CaseFrames:
    """The frames of one case; makes lines of its events, in order."""

    def __init__(self) -> None:
        """Begin: the first event is the case's beginning."""
        self._begun_s: float | None = None
        # Bytes that have passed and are not shown yet, by board and direction.
        self._passed: dict[tuple[Scalar, str], bytes] = {}

    def lines_of(self, event: Event) -> Iterator[str]:
        """Yield what there is to say of *event*: a line, or nothing."""
        if self._begun_s is None:
            self._begun_s = event.t_s
        if event.source is not Source.LINK:
            if (event.source, event.kind) in _ALSO:
                yield self._line(event, _NEITHER, b"")
            return
        place = event.data.get("board")
        if arrow := _BYTES.get(LinkKind(event.kind)):
            more = bytes.fromhex(str(event.data["hex"]))
            self._passed[place, arrow] = self._passed.get((place, arrow), b"") + more
            return
        arrow = _arrow(event)
        yield self._line(event, arrow, self._take(place, arrow))

    def _take(self, place: Scalar, arrow: str) -> bytes:
        """Return the bytes that made a frame, up to the end of its line."""
        passed = self._passed.pop((place, arrow), b"")
        head, end, rest = passed.rpartition(b"\n")
        if not end:
            return passed
        self._passed[place, arrow] = rest
        return head + end

    def _line(self, event: Event, arrow: str, raw: bytes) -> str:
        after_ms = (event.t_s - (self._begun_s or 0.0)) * 1000
        data = event.data
        where = "/".join(
            str(data[key]) for key in ("board", "axis") if data.get(key) is not None
        )
        facts = " ".join(
            f"{key}={value}"
            for key, value in data.items()
            if key not in _TOLD_ELSEWHERE
            and value is not None
            and value is not False
            and value != ""
        )
        words = f"{event.kind} {facts}".rstrip()
        text = f"  {_shown(raw)}" if raw else ""
        return (
            f"{after_ms:10.3f} ms {arrow} {safe(where or '-', 20):<2} "
            f"{safe(words, _MOST_WORDS)}{text}"
        )


def _arrow(event: Event) -> str:
    if event.kind == LinkKind.GARBLED:
        return _TO_BOARD if event.data.get("direction") == "tx" else _FROM_BOARD
    return _ARROWS.get(event.kind, _NEITHER)


def _shown(raw: bytes) -> str:
    """Return *raw* escaped; of much, the end."""
    cut = "..." if len(raw) > _MOST_RAW_BYTES else ""
    return f"'{cut}{escaped(raw[-_MOST_RAW_BYTES:])}'"


class FrameTeller:
    """Prints frames while cases run; whoever tells it of them never waits."""

    def __init__(self, stream: IO[str]) -> None:
        """Print to *stream*, from a thread that `close` ends."""
        self._stream = stream
        self._queue: SimpleQueue[_Line | None] = SimpleQueue()
        self._hurry = threading.Event()  # somebody waits
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="frames", daemon=True)
        self._thread.start()

    def begin(self, case_id: str) -> Callable[[Event], None]:
        """Note that a case begins; the result hears its events, in any thread."""
        frames = CaseFrames()
        self._queue.put(lambda: iter([f"case {safe(case_id)}"]))

        def hear(event: Event) -> None:
            self._queue.put(lambda: frames.lines_of(event))

        return hear

    def wait_told(self) -> None:
        """Wait until everything that was heard has been printed.

        Raises:
            OSError: it could not be.
        """
        told = threading.Event()

        def note() -> Iterator[str]:
            told.set()
            return iter(())

        if self._thread.is_alive():
            self._queue.put(note)
            self._hurry.set()
            told.wait()
            self._hurry.clear()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Print what is left, and end."""
        self._queue.put(None)
        self._hurry.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            batch = [self._queue.get()]
            # Woken for each frame it would contend with the tap for the interpreter
            # just as that handles the next (tests/benchmarks).
            self._hurry.wait(GATHERED_S)
            with contextlib.suppress(Empty):
                while True:
                    batch.append(self._queue.get_nowait())
            for lines in batch:
                if lines is None:
                    return
                self._print(lines)

    def _print(self, lines: _Line) -> None:
        try:
            for line in lines():
                self._stream.write(f"{line}\n")
            if self._queue.empty():
                self._stream.flush()
        except Exception as error:  # noqa: BLE001 - `wait_told` raises it
            self._error = self._error or error
