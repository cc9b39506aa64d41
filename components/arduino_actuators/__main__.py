"""The Viam module: `python -m arduino_actuators SOCKET`, started by viam-server."""

import asyncio
import signal

from typing_extensions import override
from viam import logging
from viam.module.module import Module

import arduino_actuators.arm
import arduino_actuators.motor  # noqa: F401 - registers the models

__all__ = ["main"]


class _StoppingModule(Module):
    """A module that closes its components when it is asked to end, and then ends.

    The SDK's waits for its connections first, from Python 3.12.1 on, and viam-server
    keeps one: it asks again 3.3 s later, and then nothing is closed any more. What
    `set_power` had left running would run on until the board's lease is up.
    """

    @override
    async def start(self) -> None:
        """Serve until SIGTERM or SIGINT, then stop what moves."""
        if self._tcp_mode:
            await super().start()  # type: ignore[no-untyped-call]
            return
        asked = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, asked.set)
        logging.setLevel(self._log_level)
        grpc = self.server._server  # noqa: SLF001 - the SDK has no way but `serve`
        await grpc.start(path=self._address)
        self.logger.info("Serving on %s", self._address)
        try:
            await asked.wait()
        finally:
            grpc.close()  # cancels the calls; their components wait for them
            await self.server.close()  # type: ignore[no-untyped-call]
            await self.stop()  # type: ignore[no-untyped-call]


def main() -> None:
    """Serve the models on the socket whose path is the first argument."""
    asyncio.run(_StoppingModule.run_from_registry())  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
