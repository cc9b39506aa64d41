"""What is read off the wires is what the board itself would have told."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arduino_actuators.wire import (
    AxisNotice,
    BoardEvent,
    BootCause,
    Cause,
    Event,
    Reply,
    StopCategory,
    Verb,
    encode_command,
    encode_message,
    keep,
    line,
    move,
    stop,
    via,
)
from deadstop.boards.avr.talk import TalkWitness
from deadstop.boards.loopback import BoardConfig, BoardCore
from deadstop.plant import Motor
from deadstop.trace import Event as TraceEvent
from deadstop.trace import Scalar, Source
from tests.harness.boards.twin import RPM_150_CPS, Twin

Fact = tuple[str, dict[str, Scalar]]


class Overheard(Twin):
    """A twin whose line a witness listens to.

    Attributes:
        told: what the witness told, as kind and facts.
    """

    def __init__(self, axes: str = "ab", config: BoardConfig | None = None) -> None:
        """Power up."""
        self.told: list[Fact] = []
        self.witness = TalkWitness(
            axes, lambda _cycle, kind, data: self.told.append((kind, data))
        )
        super().__init__(axes, config)
        assert isinstance(self.core, BoardCore)
        assert all(isinstance(motor, Motor) for motor in self.motors.values())

    def _hear(self, t_s: float, data: bytes) -> None:
        super()._hear(t_s, data)
        for byte in data:
            self.witness.to_host(byte, 0)

    def send(self, data: bytes) -> None:
        """Let *data* arrive at both, byte by byte."""
        for byte in data:
            self.witness.to_board(byte, 0)
            super().send(bytes((byte,)))

    def reset(self, cause: BootCause) -> None:
        """Reset both."""
        self.witness.reset(0)
        self.core.reset(cause, self.now_s)

    @property
    def own(self) -> list[Fact]:
        """What the twin told of itself, but for what is seen elsewhere."""
        return [
            (event.kind, dict(event.data))
            for event in self.seen
            if event.source is Source.BOARD and event.kind != "boot"
        ]


def spin_and_stop(board: Overheard) -> None:
    """Stop by the byte, amid the motion."""
    board.spin("a", 1)
    board.wait(0.3)
    board.send(b"A")


def stop_twice(board: Overheard) -> None:
    """A softer stop, then a stricter one."""
    board.spin("a", 1)
    board.wait(0.3)
    board.ask(Verb.STOP, "a", 1, 1)
    board.wait(0.01)
    board.ask(Verb.STOP, "a", 1, 0)


def stop_and_hold(board: Overheard) -> None:
    """Category 2, and out of it."""
    board.spin("a", 1)
    board.wait(0.3)
    board.ask(Verb.STOP, "a", 1, 2)
    board.wait(1.0)
    board.ask(Verb.STOP, "a", 1, 0)


def take_over(board: Overheard) -> None:
    """One motion by the next, which is cut by its lease."""
    board.spin("a", 1)
    board.wait(0.2)
    board.spin("a", 2, -RPM_150_CPS, lease_ms=100)


def stall_and_clear(board: Overheard) -> None:
    """A fault, a refused motion, a stop at rest, and the way out."""
    board.motors["b"].jammed = True
    board.ask(Verb.POWER, "b", 1, 2000, 600)
    board.wait(0.5)
    board.ask(Verb.POWER, "b", 2, 2000, 600)
    board.ask(Verb.STOP, "b", 0, 0)
    board.ask(Verb.CLEAR, "b")


def arrive(board: Overheard) -> None:
    """At a target; a repeat of the same frame is told once."""
    frame = encode_command(move(9, "a", 1, 2000, 800, RPM_150_CPS))
    board.send(frame + frame)


def talk_nonsense(board: Overheard) -> None:
    """Frames that are none, and one that a stop byte overtakes."""
    board.send(b":1 nonsense\n:zz*0000\n:" + b"x" * 80 + b"\n")
    board.send(
        encode_command(stop(7, "a", 5, StopCategory.REMOVE_POWER)).replace(
            b"stop", b"st!op"
        )
    )


SCRIPTS = [
    spin_and_stop,
    stop_twice,
    stop_and_hold,
    take_over,
    stall_and_clear,
    arrive,
    talk_nonsense,
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: str(script.__name__))
def test_the_witness_tells_what_the_twin_tells(
    script: Callable[[Overheard], None],
) -> None:
    """In the same order, with the same facts."""
    board = Overheard()
    board.hello()
    script(board)
    board.wait(2.5)
    assert len(board.own) > 3
    assert board.told == board.own


def test_a_reset_leaves_every_axis_idle() -> None:
    """And nothing of what was asked before it is expected after it."""
    board = Overheard()
    board.hello()
    board.spin("a", 1)
    board.reset(BootCause.WATCHDOG)
    board.hello()
    board.wait(1.0)
    assert board.told == board.own
    assert ("state", {"axis": "a", "state": "idle", "motion": 0}) in board.told


def test_a_mute_board_tells_nobody_of_its_motions() -> None:
    """Its states are told all the same, as by the twin."""
    board = Overheard()
    board.hello()
    board.spin("a", 1, lease_ms=200)
    board.told.clear()
    board.witness.mute = True
    board.wait(1.5)
    assert [kind for kind, _ in board.told] == ["lease-expired", "state", "state"]


@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.one_of(
                st.binary(max_size=80),
                st.builds(
                    lambda event, fields: encode_message(Event(1, event, fields)),
                    st.sampled_from(BoardEvent),
                    st.lists(
                        st.sampled_from(
                            ["a", "b", "z", "1", "-1", "70000", "byte", "none", "lease"]
                        ),
                        max_size=6,
                    ).map(tuple),
                ),
                st.just(encode_command(move(3, "a", 1, 300, 10, 10))),
                st.just(b"=3 1 10*0000\r\n"),
            ),
        ),
        max_size=20,
    )
)
def test_no_bytes_make_it_raise(talk: list[tuple[bool, bytes]]) -> None:
    """In either direction: neither end is trusted."""
    witness = TalkWitness("ab", lambda _cycle, _kind, _data: None)
    for to_board, data in talk:
        for byte in data:
            (witness.to_board if to_board else witness.to_host)(byte, 0)


def test_an_unknown_axis_is_no_news() -> None:
    """A board with two axes speaks of a third."""
    told: list[str] = []
    witness = TalkWitness("ab", lambda _cycle, kind, _data: told.append(kind))
    notice = AxisNotice(BoardEvent.STOPPED, "c", 1, 0, Cause.BYTE)
    for byte in encode_message(Event(0, notice.event, notice.fields)):
        witness.to_host(byte, 0)
    assert told == []


def test_each_note_has_the_cycle_of_its_last_byte() -> None:
    """The end of its stop bit."""
    notes: list[TraceEvent] = []
    witness = TalkWitness(
        "ab",
        lambda cycle, kind, data: notes.append(
            TraceEvent(float(cycle), Source.BOARD, kind, data)
        ),
    )
    for cycle, byte in enumerate(b"xyB"):
        witness.to_board(byte, cycle)
    assert [(note.t_s, note.data["axis"]) for note in notes] == [(2.0, "b")]


def test_a_line_is_told_as_one_motion_of_all_axes() -> None:
    """And so is what is asked of it by any of them, until one has another motion."""
    told: list[Fact] = []
    witness = TalkWitness("abc", lambda _cycle, kind, data: told.append((kind, data)))
    commands = (
        line(1, 5, 300, (900, 0, -900), 4000, 40_000),
        via(2, 5, (0, 0, 0), 4000),
        keep(3, "b", 5),
        stop(4, "c", 0, StopCategory.RAMP_THEN_REMOVE),
        move(5, "a", 6, 400, 10, 100),
        keep(6, "a", 6),
        stop(7, "b", 5, StopCategory.REMOVE_POWER),
    )
    for command in commands:
        for byte in encode_command(command):
            witness.to_board(byte, 0)
        for byte in encode_message(Reply(command.seq, ("1",))):
            witness.to_host(byte, 0)
    asked = [
        (data["verb"], data["axis"], data["motion"])
        for kind, data in told
        if kind == "command"
    ]
    assert asked == [
        ("line", "*", 5),
        ("via", "*", 5),
        ("keep", "*", 5),
        ("stop", "*", 0),
        ("move", "a", 6),
        ("keep", "a", 6),
        ("stop", "*", 5),
    ]
    assert [fact for fact in told if fact[0] == "state"] == [
        ("state", {"axis": axis, "state": "moving", "motion": 5}) for axis in "abc"
    ]


def test_the_lease_of_a_line_runs_out_on_every_axis() -> None:
    """As the board tells it, each with the lease of the line."""
    told: list[Fact] = []
    witness = TalkWitness("abc", lambda _cycle, kind, data: told.append((kind, data)))
    for byte in encode_command(line(1, 5, 300, (900, 0, -900), 4000, 40_000)):
        witness.to_board(byte, 0)
    for byte in encode_message(Reply(1, ("5", "7"))):
        witness.to_host(byte, 0)
    for number, axis in enumerate("abc"):
        notice = AxisNotice(
            BoardEvent.STOPPING,
            axis,
            5,
            0,
            Cause.LEASE,
            StopCategory.REMOVE_POWER,
        )
        for byte in encode_message(Event(number, notice.event, notice.fields)):
            witness.to_host(byte, 0)
    assert [data for kind, data in told if kind == "lease-expired"] == [
        {"axis": axis, "motion": 5, "lease_ms": 300} for axis in "abc"
    ]
