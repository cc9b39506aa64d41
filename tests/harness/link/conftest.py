"""A tap between a scripted far end and whatever a test opens."""

from collections.abc import Iterator

import pytest
import serial

from deadstop.link import Tap
from tests.harness.link.far_end import FarEnd, Record


@pytest.fixture
def far_end() -> Iterator[FarEnd]:
    """A board's side."""
    with FarEnd() as far_end:
        yield far_end


@pytest.fixture
def record() -> Record:
    """What the tap tells."""
    return Record()


@pytest.fixture
def tap(far_end: FarEnd, record: Record) -> Iterator[Tap]:
    """A started tap on the far end."""
    with Tap(far_end.path, 115_200, record.hear) as tap:
        yield tap


@pytest.fixture
def port(tap: Tap, record: Record) -> Iterator[serial.Serial]:
    """The component's serial port, which the tap has seen to be open."""
    with serial.Serial(tap.path, 115_200, timeout=5, exclusive=True) as port:
        record.wait("opened")
        yield port
