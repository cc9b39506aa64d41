"""A link fault harms one byte or one message, once, and is told of."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from arduino_actuators.wire import (
    BoardEvent,
    Message,
    Reply,
    StopCategory,
    encode_command,
    encode_message,
    keep,
    state,
    stop,
)
from arduino_actuators.wire import (
    Event as WireEvent,
)
from deadstop.boards.loopback.clocked import ClockedLoopback
from deadstop.link.deadstop_decoder import DeadstopDecoder
from deadstop.link.decoder import LinkKind
from deadstop.trace import Event, Scalar, Source, Trace
from deadstop.virtual.clock import VirtualLoop
from deadstop.virtual.faults import (
    DELAY_S,
    Crossing,
    FaultKind,
    Faults,
    LinkFault,
    Way,
    count_bytes,
)
from deadstop.virtual.line import VirtualLine

TO_BOARD, FROM_BOARD = Way.TO_BOARD, Way.FROM_BOARD
KEEP = encode_command(keep(1, "a", 1))
STOP = encode_command(stop(2, "a", 1, StopCategory.REMOVE_POWER))
STATE = encode_command(state(3, "a"))


def line_of(message: Message) -> bytes:
    """Return what the board sends for *message*."""
    return encode_message(message)


FIRST = line_of(Reply(1, ("1",)))
EVENT = line_of(WireEvent(7, BoardEvent.STOPPED, ("a", "1", "byte", "-17")))
SECOND = line_of(Reply(2, ("1", "-17")))


class Record:
    """Faults on their own, and what they told."""

    def __init__(self) -> None:
        """Harm nothing."""
        self.told: list[dict[str, Scalar]] = []
        self.faults = Faults(self._hear, DeadstopDecoder)

    def _hear(self, kind: LinkKind, t_s: float, /, **data: Scalar) -> None:
        assert kind is LinkKind.FAULT
        self.told.append({"t_s": t_s, **data})

    def arm(self, kind: FaultKind, way: Way, byte: int) -> None:
        """Arm a fault."""
        self.faults.arm(LinkFault(kind, way, byte))

    def pass_on(self, way: Way, *pieces: bytes) -> bytes:
        """Let *pieces* cross one after the other, and return what goes on."""
        return b"".join(
            self.faults.pass_on(way, piece, float(number))
            for number, piece in enumerate(pieces)
        )


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize(
    ("kind", "became"),
    [
        (FaultKind.DROP, b"abcdeg"),
        (FaultKind.FLIP, b"abcdeFg"),  # bit 5, of byte 5
        (FaultKind.DUPLICATE, b"abcdeffg"),
        (FaultKind.DELAY, b"abcde"),
    ],
)
def test_the_byte_that_is_named_is_harmed_and_no_other(
    kind: FaultKind, way: Way, became: bytes
) -> None:
    """Counted over all that crosses in its direction; once."""
    record = Record()
    record.arm(kind, way, 5)
    other = FROM_BOARD if way is TO_BOARD else TO_BOARD

    assert record.pass_on(other, b"0123456789") == b"0123456789"
    assert record.pass_on(way, b"abc", b"defg") == became
    assert record.told == [
        {
            "t_s": 1.0,
            "fault": kind.value,
            "way": way.value,
            "byte": 5,
            "struck": True,
            "hex": b"f".hex(),
        }
    ]
    if kind is not FaultKind.DELAY:
        assert record.pass_on(way, b"abcdefg") == b"abcdefg"


def test_what_is_behind_a_delayed_byte_waits_for_it() -> None:
    """A line keeps its order; the other direction goes on."""
    record = Record()
    record.arm(FaultKind.DELAY, TO_BOARD, 1)

    assert record.pass_on(TO_BOARD, b"abc", b"de") == b"a"
    assert record.pass_on(FROM_BOARD, b"xyz") == b"xyz"
    assert record.faults.next_s == DELAY_S
    assert record.faults.late_bytes(TO_BOARD) == 4
    assert record.faults.take_late() == (TO_BOARD, b"bcde")
    assert record.pass_on(TO_BOARD, b"f") == b"f"
    assert record.faults.next_s == float("inf")


@pytest.mark.parametrize(
    ("number", "became"),
    [
        (0, KEEP + STOP + STATE + b"B"),
        (1, b"A" + KEEP + STATE + b"B"),
        (2, b"A" + KEEP + STOP + STATE),
        (3, b"A" + KEEP + STOP + STATE + b"B"),
    ],
)
def test_a_stop_is_lost_as_a_whole(number: int, became: bytes) -> None:
    """Byte or frame; what is no stop goes on."""
    record = Record()
    record.arm(FaultKind.STOP_LOST, TO_BOARD, number)

    assert record.pass_on(TO_BOARD, b"A" + KEEP, STOP + STATE, b"B") == became
    assert len(record.told) == (number < 3)


@pytest.mark.parametrize("size", [1, 2, 11, 1000])
def test_an_answer_is_lost_as_a_whole_however_it_comes(size: int) -> None:
    """Events of the board are no answers."""
    record = Record()
    record.arm(FaultKind.ACK_LOST, FROM_BOARD, 1)
    data = FIRST + EVENT + SECOND + FIRST
    pieces = [data[at : at + size] for at in range(0, len(data), size)]

    assert record.pass_on(FROM_BOARD, *pieces) == FIRST + EVENT + FIRST
    assert [told["hex"] for told in record.told] == [SECOND.hex()]


def test_a_line_of_which_something_has_come_is_not_lost() -> None:
    """Nor is a minus in its midst taken for the beginning of an answer."""
    record = Record()
    begun = EVENT.index(b"-")
    record.pass_on(FROM_BOARD, EVENT[:begun])
    record.arm(FaultKind.ACK_LOST, FROM_BOARD, 0)

    assert record.pass_on(FROM_BOARD, EVENT[begun:], SECOND) == EVENT[begun:]


def test_a_fault_that_never_struck_is_told_of_when_it_is_disarmed() -> None:
    """And harms nothing any more."""
    record = Record()
    record.arm(FaultKind.DROP, TO_BOARD, 3)

    record.faults.disarm(9.0)

    assert [(told["t_s"], told["struck"]) for told in record.told] == [(9.0, False)]
    record.faults.disarm(10.0)
    assert record.pass_on(TO_BOARD, b"abcdef") == b"abcdef"
    assert len(record.told) == 1


def test_two_faults_cannot_be_armed_at_once() -> None:
    """What is found then could not be told apart."""
    record = Record()
    record.arm(FaultKind.DROP, TO_BOARD, 3)

    with pytest.raises(RuntimeError, match=r"^drop to-board 3 is armed"):
        record.arm(FaultKind.FLIP, TO_BOARD, 4)


@pytest.mark.parametrize("kind", FaultKind)
def test_a_fault_is_read_back_as_it_was_written(kind: FaultKind) -> None:
    """So that a schedule can name it."""
    fault = LinkFault(kind, kind.ways[0], 12)

    assert LinkFault.from_message(fault.to_message()) == fault


@pytest.mark.parametrize(
    ("kind", "way", "byte", "match"),
    [
        (FaultKind.STOP_LOST, FROM_BOARD, 0, r"^stop-lost is for to-board only"),
        (FaultKind.ACK_LOST, TO_BOARD, 0, r"^ack-lost is for from-board only"),
        (FaultKind.DROP, TO_BOARD, -1, r"^byte is -1"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(
    kind: FaultKind, way: Way, byte: int, match: str
) -> None:
    """With what is allowed."""
    with pytest.raises(ValueError, match=match):
        LinkFault(kind, way, byte)


# On the line of a board.


class Bench:
    """The loopback twin on a virtual line, whose port is open."""

    def __init__(self) -> None:
        """Power the twin on, and let it boot."""
        self.events: list[Event] = []
        self.loop = VirtualLoop()
        self.now_s = self.loop.time()
        board = ClockedLoopback(t_s=self.now_s, observe=self.events.append)
        self.line = VirtualLine("test", self.loop, board, self.events.append)
        self.loop.world = self.line
        self.line.port.open()
        self.pass_time(0.05)

    def pass_time(self, duration_s: float) -> None:
        """Let time pass, as the loop does."""
        self.loop.block_until(lambda: False, duration_s)
        self.now_s = self.loop.time()

    def send(self, *frames: bytes) -> None:
        """Send *frames*, and wait for each to be answered."""
        for frame in frames:
            self.line.send(frame)
            self.pass_time(0.05)

    def received(self) -> bytes:
        """Return what can be read at the port, once."""
        size = self.line.port.unread_bytes
        return self.line.port.read(size) if size else b""

    def told(self, source: Source, *kinds: str) -> list[Event]:
        """Return the events of *source*, of *kinds* only."""
        return [e for e in self.events if e.source is source and e.kind in kinds]


@pytest.fixture
def bench() -> Iterable[Bench]:
    """A board on a line."""
    made = Bench()
    yield made
    made.line.port.close()
    made.loop.close()


def test_a_stop_that_is_lost_has_left_the_component_and_never_came(
    bench: Bench,
) -> None:
    """The tap has seen it; the board tells of none."""
    bench.line.faults.arm(LinkFault(FaultKind.STOP_LOST, TO_BOARD, 0))

    bench.send(b"A", b"B")

    assert [e.data["axis"] for e in bench.told(Source.LINK, "stop")] == ["a", "b"]
    assert [e.data["axis"] for e in bench.told(Source.BOARD, "stop-byte")] == ["b"]
    fault, stop = (bench.told(Source.LINK, kind)[0] for kind in ("fault", "stop"))
    assert (fault.t_s, fault.data["hex"]) == (stop.t_s, b"A".hex())


def test_an_answer_that_is_lost_was_given_and_never_came(bench: Bench) -> None:
    """`rx` is what the component got."""
    bench.received()
    bench.line.faults.arm(LinkFault(FaultKind.ACK_LOST, FROM_BOARD, 0))

    bench.send(STATE)

    assert [e.data["verb"] for e in bench.told(Source.BOARD, "command")] == ["state"]
    assert bench.received() == b""
    assert bench.told(Source.LINK, "ack") == []
    assert len(bench.told(Source.LINK, "fault")) == 1


def test_a_delayed_stop_reaches_the_board_that_much_later(bench: Bench) -> None:
    """To the microsecond; until then it has not left."""
    bench.line.faults.arm(LinkFault(FaultKind.DELAY, TO_BOARD, 0))

    bench.line.send(b"A")
    sent_s = bench.now_s
    bench.pass_time(DELAY_S / 2)
    assert bench.line.unsent_bytes == 1
    bench.pass_time(DELAY_S)

    heard = bench.told(Source.BOARD, "stop-byte")
    byte_s = 10 / 115_200
    assert [e.t_s for e in heard] == [
        pytest.approx(sent_s + DELAY_S + byte_s, abs=1e-7)
    ]
    assert bench.line.unsent_bytes == 0


def test_a_delayed_answer_is_read_that_much_later_and_in_order(bench: Bench) -> None:
    """And told of when it came."""
    bench.received()
    bench.line.faults.arm(LinkFault(FaultKind.DELAY, FROM_BOARD, 3))

    bench.send(STATE)

    fault, ack = (bench.told(Source.LINK, kind)[0] for kind in ("fault", "ack"))
    assert ack.t_s >= fault.t_s + DELAY_S
    assert bench.received().startswith(b"=3 ")


def test_what_is_late_is_lost_with_the_port(bench: Bench) -> None:
    """The cable is gone, and what was on it."""
    bench.line.faults.arm(LinkFault(FaultKind.DELAY, TO_BOARD, 0))
    bench.line.send(b"A")

    bench.line.unplug()
    bench.pass_time(1.0)

    assert bench.told(Source.BOARD, "stop-byte") == []


def test_a_fault_is_read_back_from_a_saved_trace(bench: Bench, tmp_path: Path) -> None:
    """Or a saved failure would be judged as if nothing had befallen the link."""
    bench.line.faults.arm(LinkFault(FaultKind.FLIP, TO_BOARD, 0))
    bench.send(STATE)

    Trace(bench.events).write(tmp_path / "trace.jsonl")

    read = list(Trace.read(tmp_path / "trace.jsonl"))
    faults = [event for event in read if event.kind == "fault"]
    assert faults == bench.told(Source.LINK, "fault")


def conversation(bench: Bench) -> None:
    """Talk with the board as a component does."""
    bench.send(STATE, b"A", KEEP, STOP, b"B")


@pytest.mark.parametrize("kind", FaultKind)
def test_a_fault_that_does_not_strike_changes_nothing(
    bench: Bench, kind: FaultKind
) -> None:
    """But for being told of in the end."""
    bench.line.faults.arm(LinkFault(kind, kind.ways[0], 10_000))
    conversation(bench)
    bench.line.faults.disarm(bench.now_s)
    *events, last = bench.events
    other = Bench()

    conversation(other)

    assert other.events == events
    assert (last.kind, last.data["struck"]) == ("fault", False)


def strikes(fault: LinkFault, converse: Callable[[Bench], None]) -> bool:
    """Whether *fault* strikes, armed before a conversation."""
    bench = Bench()
    bench.line.faults.arm(fault)
    converse(bench)
    return bool(bench.told(Source.LINK, "fault"))


def test_as_many_faults_are_planned_as_can_strike(bench: Bench) -> None:
    """The last one of each kind does; the one behind it does not."""
    since_s = bench.now_s
    conversation(bench)

    crossing = count_bytes(bench.events, since_s)

    sent = len(STATE + KEEP + STOP) + 2
    assert (crossing.to_board_bytes, crossing.stops) == (sent, 3)
    assert crossing.answers == 3
    last: dict[tuple[FaultKind, Way], LinkFault] = {}
    for fault in crossing.faults():
        last[fault.kind, fault.way] = fault
    assert len(last) == 10
    for (kind, way), fault in last.items():
        assert strikes(fault, conversation), fault
        assert not strikes(LinkFault(kind, way, fault.byte + 1), conversation), fault


def test_what_crossed_outside_of_the_span_is_not_counted(bench: Bench) -> None:
    """The boot is before it, what the judge asks is behind it."""
    since_s = bench.now_s
    bench.send(STATE)
    until_s = bench.now_s
    bench.send(STATE)

    crossing = count_bytes(bench.events, since_s, until_s)

    assert (crossing.to_board_bytes, crossing.answers) == (len(STATE), 1)
    assert count_bytes(bench.events, bench.now_s + 1.0) == Crossing(0, 0, 0, 0)
