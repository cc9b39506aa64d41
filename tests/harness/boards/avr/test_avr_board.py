"""A board in a process of its own: it obeys, it tells, and it ends with the judge."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import serial

from arduino_actuators.wire import (
    BoardEvent,
    BootCause,
    Event,
    Identity,
    hello,
    move,
    spin,
)
from deadstop.boards import (
    BoardClosedError,
    BoardCrashedError,
    BoardError,
    SimulatedBoard,
)
from deadstop.boards.avr.board import AvrBoard
from deadstop.boards.avr.news import ignore
from deadstop.boards.avr.process import AvrProcess
from deadstop.errors import ToolchainError
from deadstop.trace import Event as TraceEvent
from deadstop.trace import Trace
from tests.harness.boards.avr.stand_in import COMMAND
from tests.harness.boards.pty_host import (
    PATIENCE_S,
    Host,
    check_until_crashed,
    read_until_hung_up,
    wait_for_kind,
    wait_until_at_rest,
)
from tests.harness.processes import descendants, descriptors, is_running

pytestmark = pytest.mark.wall_clock

FIRMWARE: Final = Path("any.elf")  # the stand-in does not look at it


@pytest.fixture
def process() -> Iterator[AvrProcess]:
    """A process with no board in it."""
    process = AvrProcess(COMMAND)
    yield process
    process.end()


@pytest.fixture
def trace() -> Trace:
    """What the board saw."""
    return Trace()


@pytest.fixture
def board(process: AvrProcess, trace: Trace) -> Iterator[AvrBoard]:
    """A running board."""
    with AvrBoard(FIRMWARE, observe=trace.add, process=process) as board:
        yield board


@pytest.fixture
def host(board: AvrBoard) -> Iterator[Host]:
    """A host that has said hello."""
    host = Host(board.path)
    host.ask(hello(0))
    yield host
    host.port.close()


def end_of(pid: int) -> bool:
    """Wait until process *pid* has ended; whether it has."""
    give_up_s = time.monotonic() + PATIENCE_S
    while is_running(pid) and time.monotonic() < give_up_s:
        time.sleep(0.01)
    return not is_running(pid)


def test_it_tells_who_it_is(board: AvrBoard, host: Host) -> None:
    """Through pyserial, as a component would."""
    identity = Identity.from_reply(host.ask(hello(1)))
    assert identity.axes == board.axes == "ab"


def test_a_move_arrives_and_the_shaft_has_turned(board: AvrBoard, host: Host) -> None:
    """Half a revolution of the true shaft."""
    host.ask(move(1, "a", 1, 2000, 1600, 8000))
    assert not board.at_rest()
    host.listen_for(Event, BoardEvent.ARRIVED)
    wait_until_at_rest(board)
    assert board.shaft_position_rev("a") == pytest.approx(0.5, abs=2e-3)
    assert board.shaft_position_rev("b") == 0.0


def test_events_come_in_their_order_with_all_they_say(host: Host, trace: Trace) -> None:
    """Stamps are instants of CLOCK_MONOTONIC."""
    written_s = time.monotonic()
    host.ask(spin(1, "a", 1, 2000, 8000))
    wait_for_kind(trace, "moving")
    host.port.write(b"A")
    stop = wait_for_kind(trace, "stop-byte")
    wait_for_kind(trace, "standstill")  # told when it has lasted

    assert stop.data == {"axis": "a"}
    assert written_s < stop.t_s < time.monotonic()
    kinds = [event.kind for event in trace]
    assert kinds.index("moving") < kinds.index("stop-byte") < kinds.index("standstill")


def test_what_happened_before_an_answer_has_been_told_before_it(
    board: AvrBoard, host: Host, trace: Trace
) -> None:
    """Whoever asks knows all that led to the answer."""
    host.ask(spin(1, "a", 1, 2000, 8000))
    board.reset(BootCause.BROWNOUT)

    boots = [event.data["cause"] for event in trace if event.kind == "boot"]
    assert boots == ["power", "brownout"]
    host.listen_for_boot(BootCause.BROWNOUT)


def test_unplugging_hangs_up_and_the_lease_stops_the_motor(
    board: AvrBoard, host: Host, trace: Trace
) -> None:
    """The board keeps its power; only the link is gone."""
    host.ask(spin(1, "a", 1, 200, 8000))
    board.unplug()
    with pytest.raises((serial.SerialException, OSError)):
        read_until_hung_up(host.port)
    wait_for_kind(trace, "lease-expired")
    wait_until_at_rest(board)
    board.unplug()  # nothing is left to unplug


def test_the_injected_faults_reach_the_plant(board: AvrBoard, host: Host) -> None:
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


def test_one_process_powers_one_board_after_another(process: AvrProcess) -> None:
    """Each is new, with a port and a trace of its own."""
    for _ in range(5):
        trace = Trace()
        with AvrBoard(FIRMWARE, observe=trace.add, process=process) as board:
            host = Host(board.path)
            assert host.ask(hello(0)).fields[0] == "1"
            host.port.close()
            assert [event.kind for event in trace].count("boot") == 1
            assert 0.0 <= board.worst_lateness_s < PATIENCE_S


def test_a_board_that_is_closed_hangs_up(process: AvrProcess, trace: Trace) -> None:
    """Its port is gone, also while the process lives on."""
    board = AvrBoard(FIRMWARE, observe=trace.add, process=process)
    port = serial.Serial(board.path, timeout=0.02)
    board.close()
    board.close()
    with pytest.raises((serial.SerialException, OSError)):
        read_until_hung_up(port)
    port.close()
    with pytest.raises(BoardClosedError, match=r"^avr board /dev/pts/\d+ is closed$"):
        board.at_rest()


def test_an_axis_that_is_not_there_is_named(board: AvrBoard) -> None:
    """With those that are; the process does not hear of it."""
    with pytest.raises(KeyError, match=r"no axis 'z'; this board has 'ab'"):
        board.shaft_position_rev("z")
    with pytest.raises(KeyError, match=r"no axis ''; this board has 'ab'"):
        board.jam_shaft("", jammed=True)
    board.check()


def test_the_shield_that_it_carries_says_what_its_axes_are(
    process: AvrProcess,
) -> None:
    """Three joints, none of which has an encoder; the next board is another."""
    with AvrBoard(FIRMWARE, observe=ignore, process=process, shield="cnc") as board:
        assert board.axes == "abc"
        host = Host(board.path)
        identity = Identity.from_reply(host.ask(hello(0)))
        host.port.close()
        assert (identity.board, identity.axes) == ("cnc-shield", "abc")
        board.jam_shaft("c", jammed=True)
        with pytest.raises(BoardError, match=r"axis 'c' of the cnc shield has no enc"):
            board.break_encoder("c")
        with pytest.raises(KeyError, match=r"no axis 'd'; this board has 'abc'"):
            board.break_encoder("d")
        assert board.at_rest()
    with AvrBoard(FIRMWARE, observe=ignore, process=process) as board:
        assert board.axes == "ab"
        board.break_encoder("b")


def test_the_judge_holds_none_of_the_boards_port(board: AvrBoard) -> None:
    """So no child of the judge can keep it from hanging up."""
    assert board.path not in descriptors()
    assert "/dev/ptmx" not in descriptors()


def test_a_terminals_ctrl_c_does_not_reach_it(process: AvrProcess) -> None:
    """It is a session of its own."""
    assert os.getsid(process.pid) == process.pid


def test_a_process_that_dies_is_told_and_everything_released(trace: Trace) -> None:
    """Nothing that it showed since then counts."""
    before, processes = descriptors(), descendants()
    process = AvrProcess(COMMAND)
    board = AvrBoard(FIRMWARE, observe=trace.add, process=process)
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(BoardCrashedError, match=r"\(exit code -9\)"):
        check_until_crashed(board)
    with pytest.raises(BoardCrashedError, match=r"^avr board /dev/pts/"):
        board.at_rest()
    with pytest.raises(BoardCrashedError, match=r"discard what was measured with it$"):
        board.close()
    board.close()
    assert not process.alive
    process.end()
    process.end()
    assert (descriptors(), descendants()) == (before, processes)


def test_what_it_printed_last_is_told_with_its_end(process: AvrProcess) -> None:
    """One line, and not a traceback."""
    with pytest.raises(
        ToolchainError,
        match=r"^the AVR simulator does not start: its process ended \(exit code 1\): "
        r"RuntimeError: there is no such chip$",
    ):
        AvrBoard(Path("fails"), observe=lambda _: None, process=process)


def test_a_process_that_cannot_be_started_leaves_nothing() -> None:
    """Also where the board would have had it for itself."""
    before = descriptors()
    process = AvrProcess((sys.executable, "-c", "raise SystemExit('no simulator')"))
    with pytest.raises(ToolchainError, match=r"exit code 1\): no simulator$"):
        AvrBoard(FIRMWARE, observe=lambda _: None, process=process)
    process.end()
    assert descriptors() == before


def test_a_process_that_hangs_is_given_up(process: AvrProcess, trace: Trace) -> None:
    """The wait is bounded; it is killed, so that it cannot wake up later."""
    board = AvrBoard(FIRMWARE, observe=trace.add, process=process)
    os.kill(process.pid, signal.SIGSTOP)
    with pytest.raises(BoardCrashedError, match=r"not answer 'at-rest' within 0\.1 s$"):
        process.ask("at-rest", within_s=0.1)
    assert end_of(process.pid)
    with pytest.raises(BoardCrashedError, match="exit code -9"):
        board.close()


def test_an_observer_that_fails_is_a_crash_of_the_board(process: AvrProcess) -> None:
    """What it missed cannot be told any more."""

    def fail(event: TraceEvent) -> None:
        if event.kind == "stop-byte":
            raise RuntimeError("the observer broke")

    board = AvrBoard(FIRMWARE, observe=fail, process=process)
    with serial.Serial(board.path) as port:
        port.write(b"!")
    with pytest.raises(BoardCrashedError, match="the observer broke") as caught:
        check_until_crashed(board)
    assert isinstance(caught.value.__cause__, RuntimeError)
    with pytest.raises(BoardCrashedError, match="the observer broke"):
        board.close()


def test_a_reset_asked_for_by_the_observer_does_not_deadlock(
    process: AvrProcess,
) -> None:
    """It is done right after."""
    boards: list[SimulatedBoard] = []

    def observe(event: TraceEvent) -> None:
        if event.kind == "stop-byte":
            boards[0].reset(BootCause.SOFTWARE)

    with AvrBoard(FIRMWARE, observe=observe, process=process) as board:
        boards.append(board)
        host = Host(board.path)
        host.port.write(b"!")
        host.listen_for_boot(BootCause.SOFTWARE)
        host.port.close()


JUDGE: Final = """
import sys, time
from pathlib import Path
from deadstop.boards.avr.board import AvrBoard
from deadstop.boards.avr.process import AvrProcess
process = AvrProcess(sys.argv[1:])
board = AvrBoard(Path("any.elf"), observe=lambda _: None, process=process)
print(process.pid, flush=True)
time.sleep(3600)
"""


@pytest.mark.parametrize("stopped", [False, True])
def test_it_ends_with_the_judge(*, stopped: bool) -> None:
    """Even if the judge is killed, and even if it hangs itself."""
    with subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-P", "-c", JUDGE, *COMMAND], stdout=subprocess.PIPE
    ) as judge:
        assert judge.stdout is not None
        pid = int(judge.stdout.readline())
        assert is_running(pid)
        if stopped:
            os.kill(pid, signal.SIGSTOP)
        judge.kill()
    assert end_of(pid)


def test_a_flood_of_events_arrives_whole(
    board: AvrBoard, host: Host, trace: Trace
) -> None:
    """More than any buffer on the way holds."""
    host.port.write(b"A" * 3000)
    give_up_s = time.monotonic() + PATIENCE_S
    stops = 0
    while stops < 3000 and time.monotonic() < give_up_s:
        time.sleep(0.01)
        board.check()
        stops = sum(event.kind == "stop-byte" for event in trace)
    assert stops == 3000
