"""The components as a Viam module, started and spoken to as viam-server would."""

import asyncio
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from grpclib.client import Channel
from grpclib.exceptions import GRPCError
from viam.components.motor.client import MotorClient
from viam.proto.app.robot import ComponentConfig
from viam.proto.module import (
    AddResourceRequest,
    ModuleServiceStub,
    ReadyRequest,
    ReconfigureResourceRequest,
    RemoveResourceRequest,
    ValidateConfigRequest,
)
from viam.resource.registry import Registry
from viam.utils import dict_to_struct

import arduino_actuators.arm_config
import arduino_actuators.motor_config
from arduino_actuators import ArduinoArm, ArduinoMotor
from tests.components.scripted_board import ScriptedBoard

HOME = Path(arduino_actuators.__file__).parent
STARTED_WITHIN_S = 30.0
ENDED_WITHIN_S = 10.0  # what viam-server gives it


def test_the_manifest_names_what_is_registered_and_what_can_be_executed() -> None:
    """The models, their APIs, and the entry point."""
    manifest = json.loads((HOME / "meta.json").read_text(encoding="utf-8"))

    named = {(one["api"], one["model"]) for one in manifest["models"]}
    classes = {(str(one.API), str(one.MODEL)) for one in (ArduinoMotor, ArduinoArm)}
    assert named == classes
    registered = Registry.REGISTERED_RESOURCE_CREATORS()
    assert {f"{api}/{model}" for api, model in named} <= set(registered)
    assert os.access(HOME / manifest["entrypoint"], os.X_OK)


@pytest.mark.parametrize(
    ("model", "attributes"),
    [
        ("motor", arduino_actuators.motor_config._ATTRIBUTES),  # noqa: SLF001 - they are the reference
        ("arm", arduino_actuators.arm_config._ATTRIBUTES),  # noqa: SLF001
    ],
)
def test_the_readme_has_every_attribute_and_no_other(
    model: str, attributes: dict[str, object]
) -> None:
    """Those of both models first, then those of each."""
    text = (HOME / "README.md").read_text(encoding="utf-8")
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    wanted = ("Attributes of both models", f"deadstop:arduino:{model}")
    told = "".join(part for part in parts if part.startswith(wanted))

    assert set(re.findall(r"^\| `(\w+)` \|", told, re.MULTILINE)) == set(attributes)


@asynccontextmanager
async def module(path: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start `run.sh` with the path of its socket, in a group of its own."""
    process = await asyncio.create_subprocess_exec(
        HOME / "run.sh",
        path,
        env={
            **os.environ,
            "PYTHON": sys.executable,
            "VIAM_MODULE_NAME": "arduino",
            "VIAM_NO_MODULE_PARENT": "true",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        process_group=0,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def connected(path: str) -> Channel:
    """Connect to a socket that nobody announces."""
    channel = Channel(path=path)
    async with asyncio.timeout(STARTED_WITHIN_S):
        while True:
            try:
                await channel.__connect__()
            except (FileNotFoundError, ConnectionError):
                await asyncio.sleep(0.01)
            else:
                return channel


def motor_on(board: ScriptedBoard, **attributes: str) -> ComponentConfig:
    """Return the configuration of a motor on *board*."""
    return ComponentConfig(
        name="left",
        api="rdk:component:motor",
        model="deadstop:arduino:motor",
        attributes=dict_to_struct({"port": board.path, **attributes}),
    )


@pytest.mark.wall_clock
@pytest.mark.timeout(60)
async def test_a_module_is_added_to_reconfigured_removed_from_and_ended() -> None:
    """Whatever becomes of a motor that `set_power` left running, it is stopped first.

    At the end the connection stays open, as viam-server's does.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/m.sock"
        async with ScriptedBoard() as board, module(path) as process:
            channel = await connected(path)
            ask = ModuleServiceStub(channel)
            motor = MotorClient("left", channel)

            ready = await ask.Ready(ReadyRequest())
            offered = [list(one.models) for one in ready.handlermap.handlers]
            assert ready.ready
            assert sorted(offered) == [
                ["deadstop:arduino:arm"],
                ["deadstop:arduino:motor"],
            ]
            bad = motor_on(board, speed="3")
            with pytest.raises(GRPCError, match="unknown attribute 'speed'"):
                await ask.ValidateConfig(ValidateConfigRequest(config=bad))
            await ask.ValidateConfig(ValidateConfigRequest(config=motor_on(board)))
            await ask.AddResource(AddResourceRequest(config=motor_on(board)))

            await motor.set_power(0.3)
            await ask.ReconfigureResource(
                ReconfigureResourceRequest(config=motor_on(board, axis="b"))
            )
            assert board.axes["a"].state == "idle"

            await motor.set_power(0.3)
            assert board.axes["b"].state == "moving"
            name = "rdk:component:motor/left"
            await ask.RemoveResource(RemoveResourceRequest(name=name))
            assert board.axes["b"].state == "idle"
            with pytest.raises(GRPCError, match=r"[Nn]o .*left"):
                await motor.is_moving()

            await ask.AddResource(AddResourceRequest(config=motor_on(board)))
            await motor.set_power(0.3)
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(ENDED_WITHIN_S):
                said, _ = await process.communicate()
            channel.close()

            assert board.axes["a"].state == "idle"
            assert "A" in board.log
            assert process.returncode == 0, said.decode()
            assert b"Traceback" not in said
