"""The loopback board behind its pseudo-terminal, on the real clock."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from arduino_actuators.wire import (
    BoardEvent,
    BootCause,
    Event,
    Identity,
    Reply,
    encode_command,
    hello,
    move,
    spin,
    state,
    stats,
)
from deadstop.boards import (
    BoardClosedError,
    BoardCrashedError,
    SimulatedBoard,
)
from deadstop.boards.loopback import LoopbackBoard
from deadstop.trace import Event as TraceEvent
from deadstop.trace import Trace
from tests.harness.boards.pty_host import (
    PATIENCE_S,
    Host,
    check_until_crashed,
    read_until_hung_up,
    wait_for_kind,
    wait_until_at_rest,
)

pytestmark = pytest.mark.wall_clock


@pytest.fixture
def trace() -> Trace:
    """What the board saw."""
    return Trace()


@pytest.fixture
def board(trace: Trace) -> Iterator[LoopbackBoard]:
    """A running board."""
    with LoopbackBoard(observe=trace.add) as board:
        yield board


@pytest.fixture
def host(board: LoopbackBoard) -> Iterator[Host]:
    """A host that has said hello."""
    host = Host(board.path)
    host.ask(hello(0))
    yield host
    host.port.close()


def open_descriptors() -> int:
    """How many descriptors this process holds."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_it_tells_who_it_is(board: LoopbackBoard, host: Host) -> None:
    """Through pyserial, as a component would."""
    identity = Identity.from_reply(host.ask(hello(1)))
    assert (identity.board, identity.axes) == ("loopback", board.axes)


def test_a_move_arrives_and_the_shaft_has_turned(
    board: LoopbackBoard, host: Host
) -> None:
    """Half a revolution of the true shaft."""
    host.ask(move(1, "a", 1, 2000, 1600, 8000))
    assert not board.at_rest()
    host.listen_for(Event, BoardEvent.ARRIVED)
    wait_until_at_rest(board)
    assert board.shaft_position_rev("a") == pytest.approx(0.5, abs=2e-3)
    assert board.shaft_position_rev("b") == 0.0


def test_a_stop_byte_stops_and_is_stamped_on_the_monotonic_clock(
    board: LoopbackBoard, host: Host, trace: Trace
) -> None:
    """The stamp is one byte time or more after the write."""
    host.ask(spin(1, "a", 1, 2000, 8000))
    host.listen_for(Event, BoardEvent.STARTED)
    written_s = time.monotonic()
    host.port.write(b"A")
    stop = wait_for_kind(trace, "stop-byte")
    assert 10 / 115_200 <= stop.t_s - written_s < PATIENCE_S
    host.listen_for(Event, BoardEvent.STOPPED)
    wait_until_at_rest(board)


def test_a_host_that_closes_the_port_leaves_the_lease_to_stop(
    board: LoopbackBoard, trace: Trace
) -> None:
    """And the port can be opened again."""
    host = Host(board.path)
    host.ask(hello(0))
    host.ask(spin(1, "a", 1, 200, 8000))
    host.port.close()
    wait_for_kind(trace, "lease-expired")
    wait_until_at_rest(board)
    again = Host(board.path)
    again.ask(hello(0))
    again.port.close()


def test_an_answer_is_not_faster_than_the_line(trace: Trace) -> None:
    """At 2400 baud it shows."""
    with LoopbackBoard(observe=trace.add, baud=2400) as slow:
        host = Host(slow.path)
        begun_s = time.monotonic()
        reply = host.ask(stats(0))
        took_s = time.monotonic() - begun_s
        host.port.close()
    line_bytes = len(encode_command(stats(0))) + len("=0 " + " ".join(reply.fields))
    assert took_s > line_bytes * 10 / 2400


def test_nothing_of_a_burst_is_lost(host: Host) -> None:
    """Twice what the kernel holds, and no flow control."""
    frames = b"".join(encode_command(state(seq, "a")) for seq in range(200))
    writer = threading.Thread(target=host.port.write, args=(frames,))
    writer.start()
    for seq in range(200):
        reply = host.listen_for(Reply)
        assert isinstance(reply, Reply)
        assert reply.seq == seq
    writer.join()


def test_a_reset_ends_the_session(board: LoopbackBoard, host: Host) -> None:
    """The half line that it cut does not swallow the event."""
    host.ask(spin(1, "a", 1, 2000, 8000))
    board.reset(BootCause.BROWNOUT)
    host.listen_for_boot(BootCause.BROWNOUT)
    wait_until_at_rest(board)


def test_unplugging_hangs_up_and_the_lease_stops_the_motor(
    board: LoopbackBoard, host: Host, trace: Trace
) -> None:
    """The board keeps its power; only the link is gone."""
    host.ask(spin(1, "a", 1, 200, 8000))
    board.unplug()
    with pytest.raises((serial.SerialException, OSError)):
        read_until_hung_up(host.port)
    wait_for_kind(trace, "lease-expired")
    wait_until_at_rest(board)
    board.unplug()  # nothing is left to unplug


def test_the_injected_faults_reach_the_plant(board: LoopbackBoard, host: Host) -> None:
    """Jammed shaft, dead encoder, mute board."""
    board.jam_shaft("a", jammed=True)
    host.ask(spin(1, "a", 1, 2000, 8000))
    host.listen_for(Event, BoardEvent.FAULT)
    board.break_encoder("b")
    host.ask(spin(2, "b", 1, 2000, 8000))
    host.listen_for(Event, BoardEvent.FAULT)
    board.mute(silent=True)
    host.port.write(b"?")
    time.sleep(0.05)
    assert not host.port.read(64)


def test_an_idle_board_sleeps(board: LoopbackBoard, host: Host) -> None:
    """A wake every millisecond would cost 20 ms or more."""
    host.ask(move(1, "a", 1, 2000, 320, 8000))
    host.listen_for(Event, BoardEvent.ARRIVED)
    wait_until_at_rest(board)
    time.sleep(0.2)
    begun_s = time.process_time()
    time.sleep(1.0)
    # A wake every millisecond costs more than 20 ms.
    assert time.process_time() - begun_s < 0.015


def test_close_gives_everything_back(trace: Trace) -> None:
    """Descriptors and threads, twenty times over."""
    before = open_descriptors()
    threads = threading.active_count()
    for _ in range(20):
        board = LoopbackBoard(observe=trace.add)
        port = serial.Serial(board.path)
        port.close()
        board.close()
        board.close()
    assert open_descriptors() == before
    assert threading.active_count() == threads


def test_a_closed_board_says_so(trace: Trace) -> None:
    """And an axis that is not there is named."""
    board = LoopbackBoard(observe=trace.add)
    board.close()
    with pytest.raises(BoardClosedError, match=r"^loopback board /dev/pts/\d+ is clo"):
        board.reset(BootCause.POWER)
    with pytest.raises(KeyError, match=r"no axis 'z'; this board has 'ab'"):
        board.shaft_position_rev("z")


def test_a_crash_in_the_thread_is_told_and_releases_everything() -> None:
    """Nothing that it showed since then counts."""
    before = open_descriptors()

    def fail(event: TraceEvent) -> None:
        if event.kind == "stop-byte":
            raise RuntimeError("the observer broke")

    board = LoopbackBoard(observe=fail)
    port = serial.Serial(board.path)
    port.write(b"!")
    port.close()
    with pytest.raises(BoardCrashedError, match="the observer broke"):
        check_until_crashed(board)
    with pytest.raises(BoardCrashedError, match="the observer broke"):
        board.at_rest()
    with pytest.raises(BoardCrashedError, match="discard what was measured"):
        board.reset(BootCause.POWER)
    with pytest.raises(BoardCrashedError) as caught:
        board.close()
    assert isinstance(caught.value.__cause__, RuntimeError)
    board.close()
    assert open_descriptors() == before


def test_a_reset_asked_for_by_the_observer_does_not_deadlock(trace: Trace) -> None:
    """It is done right after the turn in which it was asked."""
    boards: list[SimulatedBoard] = []

    def observe(event: TraceEvent) -> None:
        trace.add(event)
        if event.kind == "stop-byte":
            boards[0].reset(BootCause.SOFTWARE)

    with LoopbackBoard(observe=observe) as board:
        boards.append(board)
        host = Host(board.path)
        host.port.write(b"!")
        host.listen_for_boot(BootCause.SOFTWARE)
        host.port.close()


def test_the_descriptors_are_not_inherited_by_programs(board: LoopbackBoard) -> None:
    """A child that held them would keep the port from hanging up."""
    held = [
        int(entry.name)
        for entry in Path("/proc/self/fd").iterdir()
        if entry.is_symlink() and str(entry.readlink()) in (board.path, "/dev/ptmx")
    ]
    assert len(held) >= 2  # master and slave; another test's may still be open
    assert not any(os.get_inheritable(descriptor) for descriptor in held)
