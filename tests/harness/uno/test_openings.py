"""The DTR that a pseudo-terminal does not have."""

import os
import select
import termios
from collections.abc import Iterator

import pytest

from deadstop.uno.openings import Openings


@pytest.fixture
def port() -> Iterator[str]:
    """A pseudo-terminal's port, open at its far end."""
    master, slave = os.openpty()
    path = os.ttyname(slave)
    yield path
    os.close(master)
    os.close(slave)


def heard(openings: Openings) -> int:
    """Wait for news; return how often DTR would have risen."""
    assert select.select([openings], [], [], 10.0)[0]
    return openings.dtr_rises()


def test_dtr_rises_with_the_first_who_opens_the_port(port: str) -> None:
    """Not with the second; and again once all have closed it."""
    openings = Openings(port)
    first = os.open(port, os.O_RDWR | os.O_NOCTTY)
    assert heard(openings) == 1
    second = os.open(port, os.O_RDWR | os.O_NOCTTY)
    assert heard(openings) == 0
    assert openings.users == 2
    os.close(first)
    os.close(second)  # of two like events in a row the kernel tells one
    assert heard(openings) == 0
    assert openings.users == 0
    os.close(os.open(port, os.O_RDWR | os.O_NOCTTY))
    assert heard(openings) == 1
    openings.close()


def test_dtr_stays_up_where_the_last_user_said_so(port: str) -> None:
    """HUPCL cleared, as `stty -hupcl` does: the next opening resets nothing."""
    openings = Openings(port)
    first = os.open(port, os.O_RDWR | os.O_NOCTTY)
    attributes = termios.tcgetattr(first)
    attributes[2] &= ~termios.HUPCL
    termios.tcsetattr(first, termios.TCSANOW, attributes)
    assert heard(openings) == 1
    os.close(first)
    assert heard(openings) == 0
    os.close(os.open(port, os.O_RDWR | os.O_NOCTTY))
    assert heard(openings) == 0
    openings.close()


def test_a_port_that_is_opened_again_at_once_sees_dtr_rise_each_time(port: str) -> None:
    """However the openings fall between two looks."""
    openings = Openings(port)
    rises = 0
    for _ in range(20):
        rises += openings.dtr_rises()
        os.close(os.open(port, os.O_RDWR | os.O_NOCTTY))
    assert rises + openings.dtr_rises() == 20
    openings.close()
