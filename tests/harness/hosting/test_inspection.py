"""Looking at a process from outside."""

import os
import tty

from deadstop.hosting.inspection import holds_open, use_of_port


def test_a_port_is_held_open_until_its_cable_is_pulled_and_it_is_closed() -> None:
    """Without its other end the port has no name any more, but is still held."""
    master, slave = os.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    assert holds_open(os.getpid(), path)

    os.close(master)
    assert holds_open(os.getpid(), path)

    os.close(slave)
    assert not holds_open(os.getpid(), path)


def test_a_process_that_has_ended_holds_nothing() -> None:
    """Nor is that an error."""
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)

    assert not holds_open(child, "/dev/null")


def test_a_port_is_free_when_it_can_be_opened() -> None:
    """And whoever keeps it is told."""
    master, slave = os.openpty()
    path = os.ttyname(slave)
    assert use_of_port(os.getpid(), path) == (
        "the component's process still holds its port open"
    )

    os.close(slave)
    assert use_of_port(os.getpid(), path) == ""

    os.close(master)
    assert use_of_port(os.getpid(), path).startswith(
        "the port could not be opened again: "
    )
    assert use_of_port(os.getpid(), path, gone=True) == ""
