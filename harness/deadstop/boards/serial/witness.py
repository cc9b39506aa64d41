"""What is known of a real board's shafts: what it says of them when it is asked.

Its protocol has a byte, `?`, that asks for the state of every axis amid anything else,
and whose answer every host skips. So it is asked all the time, through the tap, while
the component talks to it undisturbed. That makes of its encoders, or of its count of
steps, a witness: of the shafts, and never of the component. Nothing is known of its
pins. With each answer comes the board's clock: what its shafts did is told with the
stamp of when they did it, and not of when that was read.
"""

import contextlib
import threading
from collections.abc import Callable
from typing import Final, TypeAlias

from arduino_actuators.wire import (
    QUERY,
    AxisNotice,
    AxisReport,
    AxisState,
    BoardDecoder,
    BoardEvent,
    ClockReading,
    Comment,
    HostDecoder,
    HostItem,
    Received,
    Reply,
    Verb,
    WireError,
)
from arduino_actuators.wire import Event as Wire
from deadstop.boards.avr.talk import TalkWitness
from deadstop.boards.serial.board_clock import BoardClock, Drift, HostTime
from deadstop.boards.serial.shaft import ReportedShaft
from deadstop.link.decoder import LinkKind
from deadstop.trace import Event, Scalar, Source

__all__ = ["ReportWitness"]

_Observe: TypeAlias = Callable[[Event], None]

# An answer older than this tells nothing of the present: a dozen samples are missing.
FRESH_S: Final = 0.25
_STILL_BURSTS: Final = 2  # also where an answer is taken for that to a later question
_FIELDS: Final = 8  # an axis, and what `state` answers
_US: Final = 1e6
_MS: Final = 1e3
# Having looked at its clock, a board looks at its axes: 20 us of work on an Uno, and as
# much again for interrupts amid it.
TAKEN_WITHIN_S: Final = 50e-6
# An answer that is older than this comes no more. Where it is not sure which question
# one is for, it may be so old.
LATE_S: Final = 1.0
# Of a byte on the line: its stop bit need not be over when it is taken; and a board is
# up to 3 % faster than it says (2.1 % by its divider, the rest by its resonator).
_BYTE_BITS: Final = 10
_HEARD_BITS: Final = 9
_BAUD_MARGIN: Final = 1.03
_OFF: Final = frozenset({AxisState.IDLE, AxisState.FAULTED})
_ANSWERS_BYTE: Final = frozenset({BoardEvent.STOPPING.value, BoardEvent.STOPPED.value})
_ALL: Final = "*"


class ReportWitness:
    """Hears what passes the tap, in its thread, and tells what that says of shafts.

    What the board understood of the component's commands is told too, as the simulated
    boards tell it: a stop byte once the board has answered it.
    """

    def __init__(
        self, axes: str, rev_counts: int, baud: int, observe: _Observe
    ) -> None:
        """Know nothing yet.

        Args:
            axes: the letters of the board's axes.
            rev_counts: how many counts are one revolution.
            baud: of the line.
            observe: called with each event, those that were heard included.
        """
        self._observe = observe
        self._news = threading.Condition(threading.RLock())
        self._talk = TalkWitness(axes, self._note)
        self._decoder = HostDecoder()
        self._commands = BoardDecoder(axes)
        self._sent_us: dict[int, int] = {}  # frames by their SEQ: when, last
        self._zeroing: dict[int, str] = {}  # `zero` frames by their SEQ: which axis
        self._shafts = {axis: ReportedShaft(axis, rev_counts, observe) for axis in axes}
        self._reports: dict[str, AxisReport] = {}  # of the burst that is coming in
        self._taken: HostTime | None = None  # when the board made that burst
        self._bit_s = 1.0 / (baud * _BAUD_MARGIN)
        self._clock = BoardClock()
        self._line_s: float | None = (
            None  # when the line coming in began, at the latest
        )
        self._asked: list[float] = []  # what was asked and not yet answered
        self._unsure_until_s = 0.0  # which question an answer is for
        self._answered_s = 0.0  # when the last whole burst came
        self._question_s = 0.0  # when that was asked for, at the earliest
        self._commanded_s = 0.0  # when motion was last asked for
        self._still_bursts = 0
        self._unanswered: list[tuple[int, str]] = []  # stop bytes: when, for what

    # Asking, from any thread

    def asks(self, t_s: float) -> None:
        """Note that the board is being asked at *t_s*."""
        with self._news:
            self._asked.append(t_s)

    def wait_answer(self, since_s: float, within_s: float) -> bool:
        """Wait for the answer to a question that was asked after *since_s*."""
        with self._news:
            return self._news.wait_for(lambda: self._question_s > since_s, within_s)

    def at_rest(self, now_s: float) -> bool:
        """Whether every drive is off and every shaft still, by the board's own word.

        Said twice in a row, in answer to questions from after the last command that
        asks for motion, and just now; else it is not known, which is no rest.
        """
        with self._news:
            fresh = now_s - self._answered_s <= FRESH_S
            return fresh and self._still_bursts >= _STILL_BURSTS

    def position_rev(self, axis: str) -> float:
        """Angle of a shaft since the witness began, at the last answer.

        Raises:
            KeyError: there is no such axis.
        """
        with self._news:
            return self._shafts[axis].position_rev

    @property
    def counts(self) -> tuple[int, ...]:
        """How far each axis is from where the witness began, at the last answer."""
        with self._news:
            return tuple(shaft.counts for shaft in self._shafts.values())

    @property
    def drift(self) -> Drift | None:
        """By how much the board's clock is slow; None if nothing is known."""
        with self._news:
            return self._clock.drift

    # Hearing

    def hear(self, event: Event) -> None:
        """Hear an event of the tap, and hand it on."""
        self._observe(event)
        if event.source is not Source.LINK:
            return
        with self._news:
            data = event.data
            match event.kind:
                case LinkKind.TX | LinkKind.INJECTED:
                    self._to_board(bytes.fromhex(str(data["hex"])), event.t_s)
                case LinkKind.RX:
                    self._from_board(bytes.fromhex(str(data["hex"])), event.t_s)
                case LinkKind.MOTION | LinkKind.MOTION_BEGUN:
                    self._commanded_s = event.t_s
                    self._still_bursts = 0
                case _:
                    pass

    def booted(self, t_s: float, cause: str) -> None:
        """Note that the board has been reset, by *cause*."""
        with self._news:
            self._talk.reset(round(t_s * _US))
            self._unanswered.clear()
            self._zeroing.clear()
            self._clock.restart()
            for shaft in self._shafts.values():
                shaft.recount(0)
            self._still_bursts = 0
        self._observe(Event(t_s, Source.BOARD, "boot", {"cause": cause}))

    def _to_board(self, data: bytes, t_s: float) -> None:
        for byte in data:
            self._talk.to_board(byte, round(t_s * _US))
        if QUERY in data:  # the component asks, too
            self._unsure_until_s = t_s + LATE_S
        for item in self._commands.feed(data):
            if isinstance(item, Received):
                self._sent_us[item.command.seq] = round(t_s * _US)
                if item.command.verb is Verb.ZERO:
                    self._zeroing[item.command.seq] = item.command.axis or ""

    def _from_board(self, data: bytes, t_s: float) -> None:
        for byte in data:
            self._talk.to_host(byte, round(t_s * _US))
        behind_bytes = len(data)
        for piece in data.splitlines(keepends=True):
            # What stands behind it in the same read has taken its time on the wire.
            if self._line_s is None:
                self._line_s = t_s - (behind_bytes - 1) * _BYTE_BITS * self._bit_s
            behind_bytes -= len(piece)
            for item in self._decoder.feed(piece):
                self._take(item, t_s)
            if piece.endswith((b"\r", b"\n")):
                self._line_s = None

    def _take(self, item: HostItem, t_s: float) -> None:
        match item:
            case Comment():
                self._commented(item, t_s)
            case Reply() if item.seq in self._zeroing:
                self._zeroed(self._zeroing.pop(item.seq), item.fields)
            case Wire() if item.event is BoardEvent.BOOT:
                self.booted(t_s, item.fields[0] if item.fields else "")
            case Wire():
                self._mentioned(item)
            case _:
                pass

    def _commented(self, comment: Comment, t_s: float) -> None:
        axis, *fields = comment.text.split() or [""]
        try:
            reading = ClockReading.from_comment(comment)
            if reading is not None:
                self._begin_burst(reading, t_s)
            elif axis in self._shafts and len(fields) == _FIELDS - 1:
                report = AxisReport.from_reply(Reply(0, tuple(fields)))
                self._reports[axis] = report
        except WireError:
            return
        if self._taken is not None and len(self._reports) == len(self._shafts):
            self._take_burst(self._taken, t_s)

    def _begin_burst(self, reading: ClockReading, t_s: float) -> None:
        """Place what the board's clock was on ours."""
        self._reports = {}
        begun_s = t_s if self._line_s is None else self._line_s
        if len(self._asked) != 1:
            self._unsure_until_s = t_s + LATE_S
        sure = t_s > self._unsure_until_s
        asked_s = self._asked[0] if sure else begun_s - LATE_S
        crossing_s = _HEARD_BITS * self._bit_s
        earliest_s, latest_s = asked_s + crossing_s, begun_s - crossing_s
        # Else it came too soon: it answers an older question.
        if earliest_s <= latest_s:
            self._clock.exchange(reading.board_us, earliest_s, latest_s)
        self._taken = self._clock.host_time(reading.board_us, begun_s)

    def _take_burst(self, taken: HostTime, t_s: float) -> None:
        """Take what all axes were at one instant."""
        still = True
        at = HostTime(taken.t_s, taken.error_s + TAKEN_WITHIN_S)
        for axis, report in self._reports.items():
            shaft = self._shafts[axis]
            moved = shaft.take(at, report.position_counts, report.speed_cps)
            off = report.state in _OFF and report.duty_permille == 0
            still = still and off and not moved
        if self._asked:
            self._question_s = self._asked[0]
            self._asked.clear()
        if self._question_s <= self._commanded_s:
            still = False
        self._still_bursts = self._still_bursts + 1 if still else 0
        self._answered_s = t_s
        self._reports = {}
        self._taken = None
        self._news.notify_all()

    def _mentioned(self, event: Wire) -> None:
        with contextlib.suppress(WireError):  # of no axis, or garbled
            notice = AxisNotice.from_event(event)
            if notice.axis in self._shafts:
                self._shafts[notice.axis].note(notice.position_counts)

    def _zeroed(self, axis: str, fields: tuple[str, ...]) -> None:
        """See the board call a position by another number, from this line on."""
        shaft = self._shafts.get(axis)
        with contextlib.suppress(ValueError, IndexError):  # a board that garbles
            counts = int(fields[0])
            if shaft is not None:
                shaft.recount(counts)

    # What the board understood

    def _note(self, us: int, kind: str, data: dict[str, Scalar]) -> None:
        if kind == "stop-byte":  # not until it is answered
            self._unanswered.append((us, str(data["axis"])))
            return
        if (
            kind == "event"
            and data["cause"] == "byte"
            and data["event"] in _ANSWERS_BYTE
        ):
            self._answer_bytes(us, str(data["axis"]))
        if kind == "command":
            data["early_ms"] = (us - self._sent_us[int(str(data["seq"]))]) / _MS
        self._observe(Event(us / _US, Source.BOARD, kind, data))

    def _answer_bytes(self, us: int, axis: str) -> None:
        """Tell of the stop bytes that *axis* has just answered."""
        for sent in [one for one in self._unanswered if one[1] in (axis, _ALL)]:
            self._unanswered.remove(sent)
            # It was understood between its way out and this answer.
            early_ms = (us - sent[0]) / _MS
            told: dict[str, Scalar] = {"axis": sent[1], "early_ms": early_ms}
            self._observe(Event(us / _US, Source.BOARD, "stop-byte", told))
