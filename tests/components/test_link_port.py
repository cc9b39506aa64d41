"""A serial port that is lost, while it is being written to or closed."""

import asyncio
import os
import tty
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from arduino_actuators.link.port import SerialPort


@pytest.fixture
def cable() -> Iterator[tuple[str, Callable[[], None]]]:
    """The path of a port, and what pulls its cable."""
    master, slave = os.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    os.close(slave)
    ends = [master]

    def pull() -> None:
        if ends:
            os.close(ends.pop())

    yield path, pull
    pull()


async def turns() -> None:
    """Let the loop go round a few times."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize("does", ["write", "write_first", "close"])
async def test_a_port_that_is_lost_in_the_turn_of_a_write_is_lost_once(
    cable: tuple[str, Callable[[], None]], does: str
) -> None:
    """The read finds out first, then the write or the close: one end is enough."""
    path, pull = cable
    loop = asyncio.get_running_loop()
    told: list[str] = []
    raised: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: raised.append(context))
    port = SerialPort(lambda _: None, told.append)
    await port.open(path, 115200)
    closing: list[asyncio.Task[None]] = []
    acts: dict[str, Callable[[], object]] = {
        "write": lambda: port.write(b"?"),
        "write_first": lambda: port.write_first(b"A", drop_queued=True),
        "close": lambda: closing.append(asyncio.create_task(port.close())),
    }
    await turns()  # until it reads

    pull()
    loop.call_later(0, acts[does])  # timers run behind what can be read
    await turns()
    await asyncio.gather(*closing)

    assert raised == []
    assert len(told) <= 1
    assert not port.is_open
