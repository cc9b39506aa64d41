"""How components are called and asked: what a rig file says becomes the SDK's types."""

import asyncio
import re
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import pytest
from viam.components.arm import Arm
from viam.proto.common import Pose
from viam.proto.component.arm import JointPositions, MoveOptions

from deadstop.caller import Caller, CallOrder
from deadstop.rig import load_rig
from deadstop.subjects import Feed, subject_of

ARM = subject_of("rdk:component:arm")
MOTOR = subject_of("rdk:component:motor")
STREAMED = "move_through_joint_positions_streamed"


def test_joints_are_made_of_a_list() -> None:
    """In degrees, as the SDK has them."""
    made = ARM.arguments("move_to_joint_positions", {"positions": [30, -1.5, 0]})

    assert made == {"positions": JointPositions(values=[30, -1.5, 0])}


def test_a_pose_is_made_of_a_table() -> None:
    """In mm."""
    made = ARM.arguments("move_to_position", {"pose": {"x": 1, "theta": 90}})

    assert made == {"pose": Pose(x=1, theta=90)}


def test_a_pose_of_something_else_is_told() -> None:
    """A typing mistake in a rig file."""
    with pytest.raises(ValueError, match=r'has no "q" field'):
        ARM.arguments("move_to_position", {"pose": {"q": 1}})


def test_waypoints_and_options_are_made_of_lists_and_a_table() -> None:
    """Other arguments are passed on as they are."""
    made = ARM.arguments(
        "move_through_joint_positions",
        {
            "positions": [[1, 2, 3], [4, 5, 6]],
            "options": {"max_vel_degs_per_sec": 20},
            "extra": {"positions": [1]},
        },
    )

    assert made == {
        "positions": [
            JointPositions(values=[1, 2, 3]),
            JointPositions(values=[4, 5, 6]),
        ],
        "options": MoveOptions(max_vel_degs_per_sec=20),
        "extra": {"positions": [1]},
    }


async def test_batches_become_a_feed_of_trajectory_points() -> None:
    """Each at its pace; `every_s` is the harness's own and no argument."""
    batches = [
        [{"time_s": 0, "positions": [0]}],
        [{"time_s": 0.5, "positions": [1], "velocities": [2], "accelerations": [3]}],
    ]
    made = ARM.arguments(STREAMED, {"batches": batches, "every_s": 0.001})

    assert list(made) == ["batches"]
    assert isinstance(made["batches"], Feed)
    assert [batch async for batch in made["batches"]] == [
        [Arm.TrajectoryPoint(timedelta(0), [0])],
        [
            Arm.TrajectoryPoint(
                timedelta(seconds=0.5), [1], Arm.KinematicConstraints([2], [3])
            )
        ],
    ]


@pytest.mark.parametrize("point", [{"time_s": 0}, {"time": 0, "positions": [1]}])
def test_a_point_of_something_else_is_told(point: dict[str, object]) -> None:
    """A typing mistake in a rig file."""
    names = ", ".join(map(repr, point))
    with pytest.raises(ValueError, match=rf"^a point of a batch .*{re.escape(names)}$"):
        ARM.arguments(STREAMED, {"batches": [[point]]})


def test_a_joint_is_told_in_revolutions_by_axis() -> None:
    """The first axis is the first joint; nonsense is no position."""
    assert ARM.positions_rev([90, -45.0], "bc") == {"b": 0.25, "c": -0.125}
    assert ARM.positions_rev([90, "x"], "ab") == {"a": 0.25, "b": None}
    assert ARM.positions_rev([90], "ab") == {"a": None, "b": None}
    assert ARM.positions_rev(None, "ab") == {"a": None, "b": None}


def test_a_motor_is_where_it_says() -> None:
    """In revolutions."""
    assert MOTOR.positions_rev(1.5, "b") == {"b": 1.5}
    assert MOTOR.positions_rev(float("nan"), "b") == {"b": None}
    assert MOTOR.arguments("go_for", {"rpm": 60}) == {"rpm": 60}


def test_a_component_of_an_unknown_api_can_be_tested_too() -> None:
    """It is asked whether it moves, and that is all."""
    gantry = subject_of("rdk:component:gantry")

    assert (gantry.states, gantry.position) == (("is_moving",), "")
    assert gantry.checks("ab") == 1
    assert gantry.positions_rev([1], "ab") == {"a": None, "b": None}


def test_every_component_owes_so_many_answers() -> None:
    """Each state once, and the position of every axis."""
    assert MOTOR.checks("a") == 3
    assert ARM.checks("abc") == 4


@pytest.mark.parametrize("name", ["arm-loopback", "arm-avr"])
def test_every_argument_of_the_builtin_arm_rigs_can_be_made(name: str) -> None:
    """And what is called is a method of an arm."""
    for motion in load_rig(name).motions.values():
        for call in (*motion.calls, *motion.next):
            assert callable(getattr(Arm, call.method))
            assert ARM.arguments(call.method, call.args)


class ScriptedArm:
    """An arm that says what it was asked."""

    API = Arm.API

    def __init__(self) -> None:
        """Begin with an empty log."""
        self.log: list[object] = []

    async def get_joint_positions(self) -> JointPositions:
        """Return where it is."""
        return JointPositions(values=[1.5, -2])

    async def move_to_joint_positions(self, positions: JointPositions) -> None:
        """Note where it was to go."""
        self.log.append(positions)

    async def move_through_joint_positions_streamed(self, batches: Any) -> Any:  # noqa: ANN401
        """Note each batch, and acknowledge it."""
        async for batch in batches:
            self.log.append([point.positions for point in batch])
            yield Arm.TrajectoryUpdate()


@pytest.fixture
def arm() -> ScriptedArm:
    """One of its own for each test."""
    return ScriptedArm()


@pytest.fixture
def caller(arm: ScriptedArm) -> Caller:
    """Who calls it."""

    def start(call: str, body: Coroutine[Any, Any, object]) -> "asyncio.Task[Any]":
        return asyncio.get_running_loop().create_task(body, name=call)

    return Caller({"arm": arm}, lambda *_, **__: None, start)


async def test_a_caller_makes_the_arguments_and_reads_the_result(
    caller: Caller, arm: ScriptedArm
) -> None:
    """What goes over the side channel is JSON, both ways."""
    told = await caller.outcome(CallOrder("1", "arm", "get_joint_positions"))
    order = CallOrder("2", "arm", "move_to_joint_positions", {"positions": [7]})
    moved = await caller.outcome(order)

    assert told == {"outcome": "returned", "result": [1.5, -2.0]}
    assert moved == {"outcome": "returned", "result": None}
    assert arm.log == [JointPositions(values=[7])]


async def test_a_streamed_call_is_consumed_to_its_end(
    caller: Caller, arm: ScriptedArm
) -> None:
    """Its result is how many updates there were."""
    batches = [[{"time_s": n, "positions": [n]}] for n in range(3)]
    told = await caller.outcome(CallOrder("1", "arm", STREAMED, {"batches": batches}))

    assert told == {"outcome": "returned", "result": 3}
    assert arm.log == [[[0]], [[1]], [[2]]]


async def test_arguments_that_cannot_be_made_are_the_outcome(caller: Caller) -> None:
    """The case says so; nothing was called."""
    order = CallOrder("1", "arm", STREAMED, {"batches": [[{"time_s": 0}]]})
    told = await caller.outcome(order)

    assert told["outcome"] == "error"
    assert str(told["error"]).startswith("ValueError: a point of a batch has ")


async def test_a_method_that_is_not_there_is_the_outcome(caller: Caller) -> None:
    """A typing mistake in a rig file, or another API's."""
    told = await caller.outcome(CallOrder("1", "arm", "go_for"))

    assert told["outcome"] == "error"
    assert str(told["error"]).startswith("AttributeError: ")
