"""What a board's own reports tell of its shafts, and what they do not."""

from typing import Final

from arduino_actuators.wire import Event as Wire
from arduino_actuators.wire import (
    Reply,
    StopCategory,
    encode_command,
    encode_message,
    spin,
    stop,
    zero,
)
from arduino_actuators.wire.table import BoardEvent
from deadstop.boards.serial.witness import ReportWitness
from deadstop.trace import Event, Scalar, Source

REV: Final = 3200


class Line:
    """A tap's events, fed to a witness as they would come."""

    def __init__(self) -> None:
        """Begin at 0 s with a witness of one axis."""
        self.t_s = 0.0
        self.told: list[Event] = []
        self.witness = ReportWitness("a", REV, self.told.append)

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
        self.t_s += 0.005
        self.from_board(f"# a {state} 1 {counts} 0 {duty_permille} none 1\r\n".encode())

    @property
    def rests(self) -> bool:
        """Whether the witness knows it at rest."""
        return self.witness.at_rest(self.t_s)

    def kinds(self, source: Source) -> list[str]:
        """Return what was told of *source*, in order."""
        return [event.kind for event in self.told if event.source is source]


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
        line.from_board(b"# a idle 0 0 0 0 none 0\r\n")
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
    assert [round(event.t_s, 3) for event in (shaft[0], shaft[-1])] == [0.05, 0.125]


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
        encode_message(Reply(5, ("1000",))) + b"# a idle 0 1032 0 0 none 0\r\n"
    )
    assert line.witness.position_rev("a") == 352 / REV
    line.from_board(encode_message(Wire(3, BoardEvent.ARRIVED, ("a", "1", "1048"))))
    line.from_board(
        encode_message(Wire(0, BoardEvent.BOOT, ("external", "fw-1")))
        + b"# a idle 0 32 0 0 none 0\r\n"
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
