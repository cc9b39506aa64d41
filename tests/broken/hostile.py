"""Components that harm the process they live in; the harness must outlive them all."""

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
import time
from typing import Any

from arduino_actuators.operations import (
    Operation,
    OperationCancelledError,
    run_with_operation,
)
from deadstop.gallery.plain_motor import PlainMotor

# An odd number of seconds, so that a test can find the process by its arguments.
HELPER_SLEEPS = "86399"


class Blocker(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Blocks its event loop for half a minute when it is cancelled."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn; on cancellation do something slow, synchronously."""
        operation = kwargs[Operation.ARG_NAME]
        motion = await self.begin(rpm, revolutions)
        try:
            await operation.run_until_cancelled(motion.wait_ended())
        except OperationCancelledError:
            time.sleep(30)  # noqa: ASYNC251 - that is the mistake
            await self.halt(motion)
            raise


class Quitter(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Ends its process when it is cancelled."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn; on cancellation leave for good."""
        operation = kwargs[Operation.ARG_NAME]
        motion = await self.begin(rpm, revolutions)
        try:
            await operation.run_until_cancelled(motion.wait_ended())
        except OperationCancelledError:
            os._exit(7)


class Raiser(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Its stop raises."""

    async def stop(self, **_: Any) -> None:
        """Fail."""
        raise RuntimeError("the stop has a bug")

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn; on cancellation call the stop that raises."""
        operation = kwargs[Operation.ARG_NAME]
        motion = await self.begin(rpm, revolutions)
        try:
            await operation.run_until_cancelled(motion.wait_ended())
        except OperationCancelledError:
            await self.stop()


class Sleeper(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Stops the motor, and then never returns."""

    @run_with_operation(grace_s=3600)
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn; on cancellation stop, and wait for ever."""
        operation = kwargs[Operation.ARG_NAME]
        motion = await self.begin(rpm, revolutions)
        try:
            await operation.run_until_cancelled(motion.wait_ended())
        except OperationCancelledError:
            await self.halt(motion)
            await asyncio.Event().wait()


class Spawner(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Starts a process of its own and never ends it."""

    helper: subprocess.Popen[bytes] | None = None

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn, with a helper at its side."""
        self.helper = subprocess.Popen(["sleep", HELPER_SLEEPS])  # noqa: S603, S607, ASYNC220
        await super().go_for(rpm, revolutions, **kwargs)


class Forker(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Forks itself on the way, and both go on."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn, in two processes: the other one sleeps for ever, ports in hand."""
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", HELPER_SLEEPS])  # noqa: S606, S607
        await super().go_for(rpm, revolutions, **kwargs)


class Flooder(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Floods its log when it is cancelled, with what no terminal should see."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn; on cancellation stop, and write 16 MiB and more."""
        operation = kwargs[Operation.ARG_NAME]
        motion = await self.begin(rpm, revolutions)
        try:
            await operation.run_until_cancelled(motion.wait_ended())
        except OperationCancelledError:
            await self.halt(motion)
            for _ in range(256):
                os.write(2, b"\x1b[2J\x00\xff flood " * 4096)
            raise


class Leaker(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Leaks ten thousand tasks when it is cancelled."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn; on cancellation stop, and start what never ends."""
        operation = kwargs[Operation.ARG_NAME]
        motion = await self.begin(rpm, revolutions)
        try:
            await operation.run_until_cancelled(motion.wait_ended())
        except OperationCancelledError:
            await self.halt(motion)
            never = asyncio.Event()
            self.leaked = [asyncio.create_task(never.wait()) for _ in range(10_000)]
            raise


class Spinner(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Spins for ever when it is cancelled, and no time passes by that."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn; on cancellation never let go of the CPU again."""
        operation = kwargs[Operation.ARG_NAME]
        motion = await self.begin(rpm, revolutions)
        try:
            await operation.run_until_cancelled(motion.wait_ended())
        except OperationCancelledError:
            while True:
                pass


class Napper(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Waits for ever when it is cancelled, in the wrong way of waiting."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn; on cancellation look again and again at what never changes."""
        operation = kwargs[Operation.ARG_NAME]
        motion = await self.begin(rpm, revolutions)
        try:
            await operation.run_until_cancelled(motion.wait_ended())
        except OperationCancelledError:
            while operation.reason is not None:
                time.sleep(0.01)  # noqa: ASYNC251 - that is the mistake


class Crasher(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Crashes its process when it is cancelled."""

    @run_with_operation
    async def go_for(self, rpm: float, revolutions: float, **kwargs: Any) -> None:
        """Turn; on cancellation do what a bug in a C extension does."""
        operation = kwargs[Operation.ARG_NAME]
        motion = await self.begin(rpm, revolutions)
        try:
            await operation.run_until_cancelled(motion.wait_ended())
        except OperationCancelledError:
            os.kill(os.getpid(), signal.SIGSEGV)


class Stillborn(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Ends its process when it is made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Leave for good."""
        super().__init__(*args, **kwargs)
        os._exit(4)


class Threader(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Asks in a worker thread."""

    async def is_moving(self) -> bool:
        """Look elsewhere."""
        return await asyncio.to_thread(bool)


class Worker(PlainMotor, register=False):  # type: ignore[no-untyped-call]
    """Starts a thread, and does not mind if it cannot."""

    async def is_moving(self) -> bool:
        """Try."""
        with contextlib.suppress(Exception):
            threading.Thread(target=bool, daemon=True).start()
        return await super().is_moving()
