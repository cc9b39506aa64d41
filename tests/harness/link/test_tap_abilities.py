"""What the judge can do to a link: inject, hold, release, unplug."""

import os
import threading
import time

import pytest
import serial

from arduino_actuators.wire import (
    BoardEvent,
    Message,
    Reply,
    encode_command,
    encode_message,
    move,
    stop,
)
from arduino_actuators.wire import Event as BoardNotice
from arduino_actuators.wire.table import StopCategory
from deadstop.errors import LinkFaultError
from deadstop.link import Fact, LinkKind, Tap
from deadstop.trace import Event
from tests.harness.link.far_end import FarEnd, Record

MOVE = encode_command(move(17, "a", 42, 300, 3200, 8000))
STOP = encode_command(stop(18, "a", 42, StopCategory.REMOVE_POWER))


def line(message: Message) -> bytes:
    """Spell a board's message."""
    return encode_message(message)


ACK = line(Reply(17, ("42", "3200")))
STARTED = line(BoardNotice(1, BoardEvent.STARTED, ("a", "42", "0")))
ARRIVED = line(BoardNotice(2, BoardEvent.ARRIVED, ("a", "42", "3200")))


def test_injected_bytes_reach_the_board_and_are_not_the_components(
    tap: Tap, port: serial.Serial, far_end: FarEnd, record: Record
) -> None:
    """The component must not be credited with the harness's own stop."""
    assert port.is_open

    tap.inject(b"!")

    assert far_end.heard(1) == b"!"
    assert record.wait("injected").data == {
        "hex": "21",
        "text": "!",
        "dropped_bytes": 0,
    }
    assert not record.all("tx", "stop")


def test_injected_bytes_drop_what_is_queued_to_a_board_that_does_not_read(
    tap: Tap, port: serial.Serial, far_end: FarEnd, record: Record
) -> None:
    """A stop does not wait behind a hundred kilobytes, and motion does not follow."""
    sent = b"z" * 100_000
    writer = threading.Thread(target=port.write, args=(sent,), daemon=True)
    writer.start()
    writer.join(0.3)
    assert writer.is_alive()

    tap.inject(b"!")

    dropped_bytes = record.wait("injected").data["dropped_bytes"]
    assert isinstance(dropped_bytes, int)
    assert dropped_bytes > 0
    heard = far_end.heard(len(sent), within_s=1.0)
    assert b"!" in heard[:20_000]  # behind what the far end's own buffer held
    writer.join(5)
    assert not writer.is_alive()


def test_injecting_works_while_the_listener_hangs(far_end: FarEnd) -> None:
    """Ctrl-C must stop the motor even when the harness itself is stuck."""
    stuck, go_on = threading.Event(), threading.Event()

    def listener(event: Event) -> None:
        if event.kind == LinkKind.TX:
            stuck.set()
            go_on.wait(5)

    with Tap(far_end.path, 115_200, listener) as tap, serial.Serial(tap.path) as port:
        port.write(b":1")
        assert stuck.wait(5)
        assert far_end.heard(2) == b":1"
        tap.inject(b"!")
        assert far_end.heard(1) == b"!"
        go_on.set()


def test_injecting_into_a_closed_link_says_to_cut_power(tap: Tap) -> None:
    """An unwritten stop is never silent."""
    tap.close()

    with pytest.raises(LinkFaultError, match=r"^b'!' was not sent .* cut motor power$"):
        tap.inject(b"!")


def test_held_bytes_stay_back_in_order_until_released(
    tap: Tap, port: serial.Serial, far_end: FarEnd, record: Record
) -> None:
    """The trace sees them when they come, the component when they are released."""
    tap.hold()
    far_end.say(b"one ")
    first = record.wait("rx")
    far_end.say(b"two ")
    record.wait("rx", 2)
    port.timeout = 0.05
    assert port.read(1) == b""

    tap.release()
    far_end.say(b"three")

    port.timeout = 5
    assert port.read(13) == b"one two three"
    assert first.data["held"] is True
    assert record.wait("rx", 3).data["held"] is False
    assert record.wait("released").data["released_bytes"] == 8


def test_hold_when_keeps_back_the_very_message_it_waits_for(
    tap: Tap, port: serial.Serial, far_end: FarEnd, record: Record
) -> None:
    """The component never learns of its arrival, though the board told it."""
    tap.hold_when(
        lambda fact: (
            fact.kind is LinkKind.BOARD_EVENT and fact.data["event"] == "arrived"
        )
    )

    far_end.say(STARTED)
    assert port.read(len(STARTED)) == STARTED
    far_end.say(ARRIVED)
    record.wait("held")
    port.timeout = 0.05
    assert port.read(1) == b""

    tap.release()
    port.timeout = 5
    assert port.read(len(ARRIVED)) == ARRIVED
    assert [event.kind for event in record.events[-4:]] == [
        "rx",
        "board-event",
        "held",
        "released",
    ]


def test_hold_when_a_command_passes_holds_its_answer(
    tap: Tap, port: serial.Serial, far_end: FarEnd, record: Record
) -> None:
    """The command itself reaches the board."""
    tap.hold_when(lambda fact: fact.kind is LinkKind.MOTION)

    port.write(MOVE)
    assert far_end.heard(len(MOVE)) == MOVE
    far_end.say(ACK)
    record.wait("ack")
    port.timeout = 0.05

    assert port.read(1) == b""
    assert record.wait("held").t_s <= record.wait("rx").t_s


def test_a_component_can_send_its_stop_while_answers_are_held(
    tap: Tap, port: serial.Serial, far_end: FarEnd
) -> None:
    """Holding is one-way: it never stands between a stop and the board."""
    tap.hold()

    port.write(b"A" + STOP)

    assert far_end.heard(1 + len(STOP)) == b"A" + STOP


def test_hold_when_strikes_once(
    tap: Tap, port: serial.Serial, far_end: FarEnd, record: Record
) -> None:
    """A second such message passes."""
    tap.hold_when(lambda fact: fact.kind is LinkKind.ACK)
    far_end.say(ACK)
    record.wait("held")
    tap.release()

    far_end.say(ACK)

    assert port.read(2 * len(ACK)) == ACK + ACK
    assert len(record.all("held")) == 1


def test_release_ends_the_waiting_too(
    tap: Tap, port: serial.Serial, far_end: FarEnd, record: Record
) -> None:
    """One call undoes whatever was arranged, and with nothing held it says nothing."""
    tap.hold_when(lambda fact: fact.kind is LinkKind.ACK)

    tap.release()
    far_end.say(ACK)

    assert port.read(len(ACK)) == ACK
    assert not record.all("held", "released")


def test_a_wish_that_raises_does_not_break_the_link(
    tap: Tap, port: serial.Serial, far_end: FarEnd
) -> None:
    """The message passes, and `check` tells."""

    def broken(fact: Fact) -> bool:
        return bool(fact.data["no such fact"])

    tap.hold_when(broken)
    far_end.say(ACK)

    assert port.read(len(ACK)) == ACK
    with pytest.raises(LinkFaultError, match=r"'no such fact'$"):
        tap.check()


def test_the_listener_may_act_on_the_link(far_end: FarEnd) -> None:
    """A trigger answers an event from within the tap's own thread."""
    record = Record()
    taps: list[Tap] = []

    def listener(event: Event) -> None:
        record.hear(event)
        if event.kind == LinkKind.MOTION:
            taps[0].hold()
            taps[0].inject(b"!")
            taps[0].release()
            taps[0].unplug()

    with Tap(far_end.path, 115_200, listener) as tap:
        taps.append(tap)
        with serial.Serial(tap.path) as port:
            port.write(MOVE)
            record.wait("unplugged")
            # The motion may have been dropped on its way; the stop may not.
            assert far_end.heard(len(MOVE) + 1, within_s=0.2).endswith(b"!")


def test_unplugging_takes_the_port_from_the_component_for_good(
    tap: Tap, port: serial.Serial, far_end: FarEnd, record: Record
) -> None:
    """It sees an error, cannot open the port again, and the board is still heard."""
    tap.unplug()
    tap.unplug()

    with pytest.raises(serial.SerialException):
        port.read(1)
    with pytest.raises(serial.SerialException):
        serial.Serial(tap.path)
    far_end.say(ARRIVED)
    assert record.wait("board-event").data["event"] == "arrived"
    assert [event.data["side"] for event in record.all("unplugged")] == ["component"]
    tap.inject(b"!")
    assert far_end.heard(1) == b"!"
    tap.check()


def test_the_name_of_an_unplugged_port_is_not_given_to_another(tap: Tap) -> None:
    """A component that opens it anew would find itself on somebody else's board."""
    unplugged = tap.path
    tap.unplug()
    others = [os.openpty() for _ in range(3)]
    names = {os.ttyname(slave) for _, slave in others}
    for fds in others:
        for fd in fds:
            os.close(fd)

    assert unplugged not in names
    assert not os.path.lexists(unplugged)


@pytest.mark.wall_clock
def test_an_unplug_is_seen_at_once(tap: Tap, port: serial.Serial) -> None:
    """A reader that already waits is woken, not left to its time-out."""
    woken_s: list[float] = []

    def read() -> None:
        with pytest.raises(serial.SerialException):
            port.read(1)
        woken_s.append(time.monotonic())

    reader = threading.Thread(target=read)
    reader.start()
    time.sleep(0.1)
    unplugged_s = time.monotonic()
    tap.unplug()
    reader.join(10)

    assert woken_s
    assert woken_s[0] - unplugged_s < 1.0
