"""A test file to copy: does my motor stop when its caller goes away?

Run it on the built-in rig with ``pytest``, or on yours with
``pytest --rig my_rig.toml --component my_module.motor:MyMotor``.
"""

import asyncio

import pytest
from viam.components.motor.client import MotorClient

from deadstop.bench import Bench
from deadstop.plugin import ComponentProxy, RunCase
from deadstop.trace import Source, Trace


@pytest.mark.parametrize(
    "case",
    [
        "go_for/client-close/accelerating",
        "go_for/client-kill/cruise",
        "go_for/client-deadline/cruise",
        "go_for/second-cancel/cruise",
    ],
)
async def test_my_motor_stops(run_case: RunCase, case: str) -> None:
    """Whole cases: the harness moves, strikes and judges."""
    result = await run_case(case)

    assert result.outcome == "pass", result.explain()


async def test_a_closed_channel_puts_a_stop_on_the_wire(
    bench: Bench, client: MotorClient, component: ComponentProxy, trace: Trace
) -> None:
    """Free form: your own client, and everything that happened on one clock."""
    move = asyncio.create_task(client.go_for(rpm=120, revolutions=1.0))
    await bench.wait_for(lambda event: event.kind == "moving", within_s=5)

    client.channel.close()
    with pytest.raises(Exception, match="Connection lost"):
        await move

    assert await bench.wait_for(lambda event: event.kind == "stop", within_s=5)
    assert await bench.wait_for(
        lambda event: event.data.get("event") == "stopped" and event.data["motion"],
        within_s=5,
    )
    assert not await component.is_moving()
    assert any(event.source is Source.SHAFT for event in trace)
