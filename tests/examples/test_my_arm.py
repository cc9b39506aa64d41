"""A test file to copy: does my arm stop, every joint of it, when its caller goes away?

Run it with ``pytest --rig arm-loopback``, or on yours with
``pytest --rig my_arm.toml --component my_module.arm:MyArm``.
"""

import asyncio
from collections.abc import Callable

import pytest
from viam.components.arm import JointPositions
from viam.components.arm.client import ArmClient

from deadstop.bench import Bench
from deadstop.plugin import ComponentProxy, RunCase
from deadstop.trace import Event, Trace

pytestmark = pytest.mark.rig(requires=["cnc"])


@pytest.mark.parametrize(
    "case",
    [
        "joints/client-close/accelerating",
        "joints/client-kill/cruise",
        "through/client-deadline/cruise",
        "stream/client-close/cruise",
    ],
)
async def test_my_arm_stops(run_case: RunCase, case: str) -> None:
    """Whole cases: the harness moves, strikes and judges, joint by joint."""
    result = await run_case(case)

    assert result.outcome == "pass", result.explain()
    for joint in result.joints:
        assert joint.moving_for_s is not None
        assert joint.moving_for_s < 0.1, joint


def seen(kind: str, axis: str) -> Callable[[Event], bool]:
    """Say what to wait for."""
    return lambda event: event.kind == kind and event.data["axis"] == axis


async def test_every_joint_stands_when_the_channel_is_closed(
    bench: Bench, client: ArmClient, component: ComponentProxy, trace: Trace
) -> None:
    """Free form: your own client, and everything that happened on one clock."""
    target = JointPositions(values=[45, 30, -30])
    move = asyncio.create_task(client.move_to_joint_positions(target))
    for axis in "abc":
        assert await bench.wait_for(seen("moving", axis), within_s=5)

    client.channel.close()
    with pytest.raises(Exception, match="Connection lost"):
        await move

    for axis in "abc":
        assert await bench.wait_for(seen("standstill", axis), within_s=5)
    assert not await component.is_moving()
    reported = await component.get_joint_positions()
    for degrees, axis in zip(reported, bench.board.axes, strict=True):
        assert degrees / 360 == pytest.approx(bench.board.shaft_position_rev(axis))
    assert len(trace) > 0
