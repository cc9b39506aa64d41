"""The tap's end towards a board that is reached through a socket."""

import socket
import threading

import pytest

from deadstop.errors import LinkFaultError
from deadstop.link.decoder import LinkKind
from deadstop.link.tap import Tap
from deadstop.trace import Event

pytestmark = pytest.mark.wall_clock


def test_a_far_end_that_will_say_no_more_is_unplugged() -> None:
    """It still listens, so nothing but an empty read tells of it."""
    ours, theirs = socket.socketpair()
    ended = threading.Event()

    def hear(event: Event) -> None:
        if event.kind == LinkKind.UNPLUGGED:
            ended.set()

    with ours, theirs, Tap("there", 115_200, hear, board_fd=ours.fileno()) as tap:
        theirs.shutdown(socket.SHUT_WR)
        assert ended.wait(10.0)
        with pytest.raises(
            LinkFaultError, match=r"^link to there: .* has closed the c"
        ):
            tap.check()


def test_a_stop_gets_through_where_there_is_no_queue_to_flush() -> None:
    """A socket has no tcflush."""
    ours, theirs = socket.socketpair()
    with ours, theirs, Tap("there", 115_200, print, board_fd=ours.fileno()) as tap:
        tap.inject(b"!")
        assert theirs.recv(10) == b"!"
