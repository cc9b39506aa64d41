"""What a board's own reports tell of its shafts, and what they do not."""

from typing import Final

import pytest

from arduino_actuators.wire import (
    ClockReading,
    Comment,
    Reply,
    StopCategory,
    encode_command,
    encode_message,
    spin,
    stop,
    zero,
)
from arduino_actuators.wire import Event as Wire
from arduino_actuators.wire.table import BoardEvent
from deadstop.boards.serial.witness import ReportWitness
from deadstop.trace import Event, Scalar, Source

REV: Final = 3200
BAUD: Final = 115_200
ANSWER_S: Final = 0.005
LOOKED_S: Final = 0.0045  # before its answer of 45 bytes had come, which takes 3.9 ms


class Line:
    """A tap's events, fed to a witness as they would come."""

    def __init__(self) -> None:
        """Begin at 0 s with a witness of one axis."""
        self.t_s = 0.0
        self.told: list[Event] = []
        self.witness = ReportWitness("a", REV, BAUD, self.told.append)

    def _hear(self, kind: str, **data: Scalar) -> None:
        self.witness.hear(Event(self.t_s, Source.LINK, kind, data))

    def to_board(self, data: bytes, meaning: str = "") -> None:
        """Let the component send *data*, which the tap decodes as *meaning*."""
        self._hear("tx", hex=data.hex())
        if meaning:
            self._hear(meaning, axis="a")

    def from_board(self, data: bytes) -> None:
        """Let the board send *data*."""
        self._hear("rx", hex=data.hex())

    def ask(self, state: str, counts: int, duty_permille: int = 0) -> None:
        """Let the board be asked and answer, 20 ms later than the last time."""
        self.t_s += 0.02
        self.witness.asks(self.t_s)
        self.t_s += ANSWER_S
        self.from_board(self.states(f"a {state} 1 {counts} 0 {duty_permille} none 1"))

    def states(self, *axes: str) -> bytes:
        """Return what the board answers to `?`, having looked just before."""
        reading = ClockReading(round((self.t_s - LOOKED_S) * 1e6))
        comments = (reading.comment, *map(Comment, axes))
        return b"".join(map(encode_message, comments))

    @property
    def rests(self) -> bool:
        """Whether the witness knows it at rest."""
        return self.witness.at_rest(self.t_s)

    def kinds(self, source: Source) -> list[str]:
        """Return what was told of *source*, in order."""
        return [event.kind for event in self.told if event.source is source]


def uncertain_s(event: Event) -> float:
    """Return how far the stamp of *event* may be off."""
    uncertain_ms = event.data["uncertain_ms"]
    assert isinstance(uncertain_ms, float)
    return uncertain_ms / 1000


def test_rest_is_what_the_board_has_said_twice_since_the_last_command() -> None:
    """What it said before that, or long ago, tells nothing of now."""
    line = Line()
    assert not line.rests
    line.ask("idle", 0)
    assert not line.rests
    line.ask("idle", 0)
    assert line.rests

    line.to_board(encode_command(spin(1, "a", 1, 300, 3200)), "motion")
    assert not line.rests
    line.ask("idle", 0)
    assert not line.rests
    line.ask("idle", 0)
    assert line.rests
    line.t_s += 0.3
    assert not line.rests


def test_an_answer_to_a_question_from_before_the_command_counts_for_nothing() -> None:
    """The board may have begun to move since it said so."""
    line = Line()
    line.witness.asks(0.1)
    line.t_s = 0.2
    line.to_board(encode_command(spin(1, "a", 1, 300, 3200)), "motion")
    for _ in range(2):
        line.from_board(line.states("a idle 0 0 0 0 none 0"))
    assert not line.rests


def test_power_a_turning_shaft_or_a_hold_is_no_rest() -> None:
    """The drive has to be off, and the count the same twice."""
    for state, counts, duty in (
        ("moving", (0, 0), 300),
        ("idle", (0, 1), 0),
        ("holding", (0, 0), 0),
        ("idle", (0, 0), 1),
    ):
        line = Line()
        for count in (0, *counts):
            line.ask(state, count, duty)
        assert not line.rests, (state, counts, duty)


def test_a_movement_is_told_from_its_beginning_to_its_standstill() -> None:
    """With the stamps of the last report before it, and of the first at its end."""
    line = Line()
    for counts in (7, 7, 100, 200, 207, 207, 207):
        line.ask("moving", counts)
    shaft = [event for event in line.told if event.source is Source.SHAFT]
    assert [event.kind for event in shaft] == [
        "moving",
        "sample",
        "sample",
        "sample",
        "standstill",
    ]
    assert [event.data["position_rev"] for event in (shaft[0], shaft[-1])] == [
        0.0,
        200 / REV,
    ]
    for event, read_s in zip((shaft[0], shaft[-1]), (0.05, 0.125), strict=True):
        assert abs(event.t_s - (read_s - LOOKED_S)) <= uncertain_s(event) < 0.0007
    assert shaft[-1].data["spacing_ms"] == pytest.approx(25, abs=0.1)


def test_a_shaft_is_told_when_it_moved_and_not_when_that_was_read() -> None:
    """Even where the answer is kept back; the bar is that of the quickest one."""
    line = Line()
    looked_s = 0.0
    for number in range(20):
        line.t_s += 0.02
        line.witness.asks(line.t_s)
        line.t_s += ANSWER_S
        answer = line.states(f"a moving 1 {number * 100} 0 300 none 1")
        looked_s = line.t_s - LOOKED_S
        line.t_s += 0.012 * (number % 3)  # as a USB adapter does
        line.from_board(answer)
    last = next(e for e in reversed(line.told) if e.source is Source.SHAFT)
    assert last.kind == "sample"
    assert abs(last.t_s - looked_s) <= uncertain_s(last) < 0.0007


def test_an_answer_whose_question_is_not_sure_bounds_no_time() -> None:
    """It may be that to an older one, or to the component's own."""
    for spoil in ("a second question", "the component asks"):
        line = Line()
        line.witness.asks(0.0)
        line.t_s = 0.1
        if spoil == "a second question":
            line.witness.asks(line.t_s)
        else:
            line.to_board(b"?")
        line.from_board(line.states("a idle 0 0 0 0 none 0"))
        line.ask("moving", 100, 300)
        told = [event for event in line.told if event.source is Source.SHAFT]
        assert uncertain_s(told[0]) > 0.4, spoil


def test_states_without_a_clock_that_can_be_believed_are_not_taken() -> None:
    """A stamp that a noisy line has changed would put all others off."""
    line = Line()
    line.witness.asks(0.1)
    line.t_s = 0.2
    for _ in range(2):
        states = line.states("a idle 0 0 0 0 none 0")
        line.from_board(states.replace(b"# at 1", b"# at 2"))
    assert not line.witness.wait_answer(0.0, 0.0)


def test_a_stop_byte_is_understood_once_the_board_has_answered_it() -> None:
    """Not because it was sent: a line may lose it."""
    line = Line()
    line.to_board(b"A")
    assert line.kinds(Source.BOARD) == []
    line.from_board(
        encode_message(Wire(1, BoardEvent.STOPPED, ("a", "0", "byte", "0")))
    )
    assert line.kinds(Source.BOARD) == ["stop-byte", "event"]


def test_positions_go_on_through_a_zero_and_a_reset() -> None:
    """Also where the next report comes in the same read."""
    line = Line()
    line.ask("idle", 0)
    line.ask("idle", 320)
    line.to_board(encode_command(zero(5, "a", 1000)))
    line.from_board(
        encode_message(Reply(5, ("1000",))) + line.states("a idle 0 1032 0 0 none 0")
    )
    assert line.witness.position_rev("a") == 352 / REV
    line.from_board(encode_message(Wire(3, BoardEvent.ARRIVED, ("a", "1", "1048"))))
    line.from_board(
        encode_message(Wire(0, BoardEvent.BOOT, ("external", "fw-1")))
        + line.states("a idle 0 32 0 0 none 0")
    )
    assert line.witness.position_rev("a") == 400 / REV
    assert "boot" in line.kinds(Source.BOARD)


def test_commands_are_told_once_the_board_has_answered_them() -> None:
    """As the simulated boards tell of them: the laws ask what was understood."""
    line = Line()
    line.to_board(encode_command(stop(9, "a", 0, StopCategory.REMOVE_POWER)))
    assert line.kinds(Source.BOARD) == []
    line.from_board(encode_message(Reply(9, ("0", "0"))))
    assert line.kinds(Source.BOARD) == ["command"]
