"""The client and the server of the latency benchmark, each a process of its own.

`python -m tests.benchmarks.latency_processes server SERIAL_PORT` serves two motors,
`m` and `reference`, and prints its TCP port; the reference prints "begun" and when it
was cancelled. `... client TCP_PORT` reads "call NAME" and "close" from its standard
input, and prints when it closed. Stamps are CLOCK_MONOTONIC seconds.
"""

import asyncio
import socket
import sys
import time
from typing import Any

from arduino_actuators.motor import ArduinoMotor
from arduino_actuators.motor_config import MotorConfig
from grpclib.client import Channel
from viam.components.motor.client import MotorClient
from viam.rpc.server import Server


def tell(line: str) -> None:
    """Print for the parent."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class ReferenceMotor(ArduinoMotor, register=False):
    """Notes the cancellation of its caller as early as any handler can."""

    async def go_for(self, *_: Any, **__: Any) -> None:
        """Wait to be cancelled."""
        tell("begun")
        try:
            await asyncio.Event().wait()
        finally:
            now_s = time.monotonic()
            tell(repr(now_s))


async def serve(serial_port: str) -> None:
    """Serve both motors until killed."""
    config = MotorConfig.from_attributes({"port": serial_port})
    motors = [ArduinoMotor("m", config), ReferenceMotor("reference", config)]
    server = Server(motors)._server  # noqa: SLF001 - `serve` cannot say its port
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        await server.start(sock=listening)
        tell(str(listening.getsockname()[1]))
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
            tell(repr(now_s))
            await asyncio.wait(calls)
            for task in calls:
                task.exception()
            calls.clear()
            channel = Channel("127.0.0.1", tcp_port)
    channel.close()


if __name__ == "__main__":
    role, argument = sys.argv[1:]
    asyncio.run(serve(argument) if role == "server" else call(int(argument)))
