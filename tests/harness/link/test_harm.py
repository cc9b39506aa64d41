"""What a tap does to a component's messages to see the laws broken."""

from collections.abc import Iterator
from contextlib import contextmanager

import serial

from arduino_actuators.wire import StopCategory, encode_command, keep, move, stop
from deadstop.link.harm import LinkHarm, harmed
from tests.harness.link.far_end import FarEnd, Record

MOVE = encode_command(move(17, "a", 42, 300, 3200, 8000))
KEEP = encode_command(keep(18, "a", 42))
STOP = encode_command(stop(19, "a", 42, StopCategory.REMOVE_POWER))


@contextmanager
def open_port(
    far_end: FarEnd, record: Record, harm: LinkHarm | None
) -> Iterator[serial.Serial]:
    """The component's port of a tap that does *harm*."""
    with (
        harmed(harm, far_end.path, 115_200, record.hear) as tap,
        serial.Serial(tap.path, 115_200, timeout=5, exclusive=True) as port,
    ):
        record.wait("opened")
        yield port


def test_a_lost_stop_neither_reaches_the_board_nor_counts_as_sent(
    far_end: FarEnd, record: Record
) -> None:
    """Byte or frame; all else gets through."""
    with open_port(far_end, record, LinkHarm.STOPS_LOST) as port:
        for number, data in enumerate((MOVE, b"A", STOP, KEEP), start=1):
            port.write(data)
            record.wait("tx", count=number)

        assert far_end.heard(len(MOVE + KEEP)) == MOVE + KEEP
    assert record.all("motion", "keep")
    assert not record.all("stop")


def test_a_late_motion_reaches_the_board_after_the_stop(
    far_end: FarEnd, record: Record
) -> None:
    """Once, and by itself: the component need not say anything more."""
    with open_port(far_end, record, LinkHarm.MOTION_LATE) as port:
        for number, data in enumerate((MOVE, b"A", STOP), start=1):
            port.write(data)
            record.wait("tx", count=number)

        whole = b"A" + STOP + MOVE
        assert far_end.heard(len(whole)) == whole


def test_without_harm_it_is_a_tap_like_any_other(
    far_end: FarEnd, record: Record
) -> None:
    """Nothing is lost or late."""
    with open_port(far_end, record, None) as port:
        port.write(MOVE + b"A" + STOP)

        assert far_end.heard(len(MOVE + b"A" + STOP)) == MOVE + b"A" + STOP
