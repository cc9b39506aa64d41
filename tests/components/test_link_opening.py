"""A link opens once for all who use it, waits for its board, and says what is wrong."""

import asyncio
from pathlib import Path

import pytest

from arduino_actuators.errors import (
    BoardMismatchError,
    BoardResetError,
    ConfigError,
    LinkLostError,
    LinkOpenError,
)
from arduino_actuators.link import BoardLink, acquire_link, release_link
from arduino_actuators.wire import ErrorCode, Verb
from tests.components.scripted_board import ScriptedBoard


def descriptors() -> int:
    """Count this process's open file descriptors."""
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_concurrent_calls_share_one_opening() -> None:
    """Two components asking at once do not reset the board twice."""
    async with ScriptedBoard() as board:
        link = BoardLink(board.path)

        async with asyncio.TaskGroup() as group:
            group.create_task(link.state("a"))
            group.create_task(link.state("b"))

        assert board.frames(Verb.HELLO) == ["hello 1"]
        assert link.connected
        await link.close()


async def test_hello_is_repeated_until_the_board_has_booted() -> None:
    """What is sent to a board that still boots is lost, and sent again."""
    async with ScriptedBoard() as board:
        board.deaf = True
        link = BoardLink(board.path)
        connecting = asyncio.create_task(link.connect())
        await board.wait_heard(lambda log: log.count("hello 1") > 1)

        board.deaf = False
        await connecting

        assert link.connected
        await link.close()


async def test_a_boot_event_brings_the_next_hello_at_once() -> None:
    """A board that boots while it is greeted is greeted anew."""
    async with ScriptedBoard() as board:
        board.write(b"\x00\xff garbage of a boot loader\r\n")
        board.mute[Verb.HELLO] = 1
        link = BoardLink(board.path)
        connecting = asyncio.create_task(link.connect())
        await board.wait_frame("hello")

        board.reset()
        await connecting

        assert board.session
        await link.close()


async def test_a_silent_port_is_an_error_that_says_what_to_check() -> None:
    """No board, another baud rate, another sketch."""
    async with ScriptedBoard() as board:
        board.deaf = True
        link = BoardLink(board.path, boot_wait_s=0.1)

        with pytest.raises(LinkOpenError, match=r"^no board answers .* within 0\.1 s"):
            await link.connect()

        assert not link.connected


async def test_a_missing_port_is_named() -> None:
    """A typing error in the configuration is found at a glance."""
    link = BoardLink("/dev/tty-not-there")

    with pytest.raises(LinkOpenError, match=r"^cannot open port '/dev/tty-not-there'"):
        await link.connect()


async def test_a_port_in_use_is_refused() -> None:
    """Two programs on one board would stop each other's motions."""
    async with ScriptedBoard() as board:
        first, second = BoardLink(board.path), BoardLink(board.path)
        await first.connect()

        with pytest.raises(LinkOpenError, match="another program uses it"):
            await second.connect()

        await first.close()


async def test_a_board_of_another_version_is_refused() -> None:
    """Firmware and component belong together."""
    async with ScriptedBoard() as board:
        board.refuse[Verb.HELLO] = ErrorCode.VERSION
        link = BoardLink(board.path)

        with pytest.raises(BoardMismatchError, match="flash the firmware"):
            await link.connect()


async def test_close_frees_the_port_and_every_descriptor() -> None:
    """The port can be opened again at once, again and again."""
    async with ScriptedBoard() as board:
        before = descriptors()
        for _ in range(5):
            link = BoardLink(board.path)
            await link.connect()
            await link.close()
            await link.close()

        assert descriptors() == before
        assert len(asyncio.all_tasks()) == 1


async def test_components_on_one_port_share_a_link_until_the_last_leaves() -> None:
    """Closing one motor does not take the board from the other."""
    async with ScriptedBoard() as board:
        left = acquire_link(board.path, 115200, 5)
        right = acquire_link(board.path, 115200, 5)
        await left.connect()

        await release_link(left)
        assert left is right
        assert right.connected
        await release_link(right)

        assert not right.connected
        with pytest.raises(LinkLostError, match=r"was released$"):
            await right.connect()


async def test_components_on_one_port_must_agree_on_the_baud_rate() -> None:
    """The second would otherwise talk past the board."""
    async with ScriptedBoard() as board:
        link = acquire_link(board.path, 115200, 5)

        with pytest.raises(ConfigError, match=r"^attribute 'baud' is 9600"):
            acquire_link(board.path, 9600, 5)

        await release_link(link)


async def test_a_link_taken_while_it_closes_opens_after_that() -> None:
    """Reconfiguration closes one motor and opens another on the same port."""
    async with ScriptedBoard() as board:
        old = acquire_link(board.path, 115200, 5)
        await old.connect()
        closing = asyncio.create_task(release_link(old))
        await asyncio.sleep(0)
        new = acquire_link(board.path, 115200, 5)

        await new.connect()
        await closing

        assert new.connected
        await release_link(new)


async def test_an_unplugged_port_fails_the_command_in_flight_at_once() -> None:
    """Nobody waits for an answer that cannot come."""
    async with ScriptedBoard() as board:
        link = BoardLink(board.path)
        await link.connect()
        board.deaf = True
        asking = asyncio.create_task(link.state("a"))
        await board.wait_frame("state")

        board.unplug()
        with pytest.raises(LinkLostError, match=r"was lost .* the next call reconnect"):
            await asking

        assert not link.connected
        with pytest.raises(LinkOpenError, match=r"^cannot open port"):
            await link.state("a")
        await link.close()


async def test_a_reset_of_the_board_brings_a_new_hello_with_the_next_call() -> None:
    """The session is the board's: after its reset there is none."""
    async with ScriptedBoard() as board:
        link = BoardLink(board.path)
        await link.connect()
        board.reset(told=False)

        with pytest.raises(BoardResetError, match=r"was reset \(unnoticed\)"):
            await link.zero("a", 4)
        await link.zero("a", 5)

        sent = board.frames(Verb.HELLO, Verb.ZERO)
        assert sent == ["hello 1", "zero a 4", "hello 1", "zero a 5"]
        await link.close()
