"""The Viam module: `python -m arduino_actuators SOCKET`, started by viam-server."""

import asyncio

from viam.module.module import Module

import arduino_actuators.arm
import arduino_actuators.motor  # noqa: F401 - registers the models

if __name__ == "__main__":
    asyncio.run(Module.run_from_registry())  # type: ignore[no-untyped-call]
