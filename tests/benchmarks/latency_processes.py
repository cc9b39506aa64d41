"""Board, client and server of the latency benchmark, each a process of its own.

* `board -` prints its serial port, then "begun" for each motion and the stamp of each
  stop byte it hears.
* `server SERIAL_PORT` prints its TCP port and serves two motors, `m` and `reference`;
  the reference prints "begun" and the stamp of its cancellation.
* `client TCP_PORT` reads "call NAME" and "close" from its standard input, and prints
  when it closed.

Stamps are CLOCK_MONOTONIC seconds.
"""

import asyncio
import socket
import sys
import time

from grpclib.client import Channel
from viam.components.motor.client import MotorClient
from viam.rpc.server import Server

from arduino_actuators.motor import ArduinoMotor
from arduino_actuators.motor_config import MotorConfig
from arduino_actuators.wire import BoardEvent
from tests.components.scripted_board import ScriptedBoard


def say(line: str) -> None:
    """Print for the parent."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class TellingBoard(ScriptedBoard):
    """Says when it hears a stop byte."""

    def stop_heard(self) -> None:
        """Print the stamp."""
        say(repr(self.last_read_s))

    def tell(self, event: BoardEvent, *fields: object) -> None:
        """Say that a motion has started, too."""
        super().tell(event, *fields)
        if event is BoardEvent.STARTED:
            say("begun")


async def run_board() -> None:
    """Be a board until killed."""
    async with TellingBoard() as board:
        say(board.path)
        await asyncio.Event().wait()


class ReferenceMotor(ArduinoMotor, register=False):  # type: ignore[no-untyped-call]
    """Notes the cancellation of its caller as early as any handler can."""

    async def go_for(self, *_: object, **__: object) -> None:
        """Wait to be cancelled."""
        say("begun")
        try:
            await asyncio.Event().wait()
        finally:
            now_s = time.monotonic()
            say(repr(now_s))


async def serve(serial_port: str) -> None:
    """Serve both motors until killed."""
    config = MotorConfig.from_attributes({"port": serial_port})
    served = Server([ArduinoMotor("m", config), ReferenceMotor("reference", config)])
    server = served._server  # noqa: SLF001 - `serve` cannot say its port
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        await server.start(sock=listening)
        say(str(listening.getsockname()[1]))
        await server.wait_closed()


async def call(tcp_port: int) -> None:
    """Do what standard input says."""
    loop = asyncio.get_running_loop()
    channel = Channel("127.0.0.1", tcp_port)
    calls: set[asyncio.Task[None]] = set()
    while words := (await loop.run_in_executor(None, sys.stdin.readline)).split():
        if words[0] == "call":
            client = MotorClient(words[1], channel)
            calls.add(loop.create_task(client.go_for(60, 1)))
        else:
            now_s = time.monotonic()
            channel.close()
            say(repr(now_s))
            await asyncio.wait(calls)
            for task in calls:
                task.exception()
            calls.clear()
            channel = Channel("127.0.0.1", tcp_port)
    channel.close()


if __name__ == "__main__":
    role, argument = sys.argv[1:]
    if role == "board":
        asyncio.run(run_board())
    else:
        asyncio.run(serve(argument) if role == "server" else call(int(argument)))
