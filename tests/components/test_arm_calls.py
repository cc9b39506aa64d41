"""Every call of the Arm API, with the arguments it takes and those it refuses."""

import asyncio
import json
import math
from collections.abc import Mapping
from typing import Any

import pytest
from viam.components.arm import (
    Arm,
    JointPositions,
    KinematicsFileFormat,
    MoveOptions,
    Pose,
)

from arduino_actuators.errors import (
    BoardMismatchError,
    CommandRefusedError,
    ConfigError,
    MotionRequestError,
)
from arduino_actuators.wire import AxisState, Verb
from tests.components.arm_bench import FAR, FAR_LINE, arm_on_board, go, make_arm, moving
from tests.components.motor_bench import outcome
from tests.components.scripted_arm import ScriptedArm
from tests.components.scripted_board import ScriptedBoard


def joints(*values: float) -> JointPositions:
    """Return them as the API has them."""
    return JointPositions(values=values)


async def test_the_joints_go_together_along_one_line() -> None:
    """The longest at its own speed limit; each within its own."""
    async with arm_on_board() as (arm, board):
        board.line_takes_s = 0.01

        await go(arm, *FAR)

        assert board.frames(Verb.LINE) == [FAR_LINE]
        at = await arm.get_joint_positions()
        assert list(at.values) == pytest.approx(FAR, abs=360 / 12800 / 2)


async def test_a_pose_is_reached_by_the_nearest_way() -> None:
    """The end stands there, to the count."""
    async with arm_on_board() as (arm, board):
        board.line_takes_s = 0.01

        await arm.move_to_position(Pose(x=86.9, y=73.0, z=125.5))

        at = await arm.get_end_position()
        assert (at.x, at.y, at.z) == pytest.approx((86.9, 73.0, 125.5), abs=0.1)
        await arm.move_to_position(at)  # its own orientation is a good one
        assert len(board.frames(Verb.LINE)) == 1  # and it is there already


async def test_a_waypoint_after_the_other_is_given_to_the_board() -> None:
    """The queue holds eight; the rest follows as there is room."""
    async with arm_on_board() as (arm, board):
        board.line_takes_s = 0.02
        path = [joints(5 * i, 2 * i, 0) for i in range(1, 13)]

        await arm.move_through_joint_positions(path)

        assert len(board.frames(Verb.LINE)) == 1
        targets = [frame.split()[2:5] for frame in board.frames(Verb.VIA)]
        assert targets == [
            [str(round(5 * i * 12800 / 360)), str(round(2 * i * 12800 / 360)), "0"]
            for i in range(2, 13)
        ]


async def test_options_are_ceilings() -> None:
    """Of speed and acceleration, joint by joint; the path's acceleration is one."""
    async with arm_on_board() as (arm, board):
        board.line_takes_s = 0.01
        options = MoveOptions(
            max_vel_degs_per_sec=45, max_acc_degs_per_sec2_joints=[90, 180, 180]
        )

        await arm.move_through_joint_positions([joints(36, 9, 0)], options)

        assert board.frames(Verb.LINE) == ["line 1 300 1280 320 0 1600 3200"]


async def test_the_end_of_the_arm_keeps_to_its_speed() -> None:
    """0.1 m/s where the base would turn it at more."""
    async with arm_on_board() as (arm, board):
        board.line_takes_s = 0.01
        await arm.move_through_joint_positions(
            [joints(36, 0, 0)], MoveOptions(max_tcp_speed=0.05)
        )

        # 80 mm from the axis: 0.05 m/s is 35.8 degrees/s.
        assert board.frames(Verb.LINE) == ["line 1 300 1280 0 0 1273 8533"]


@pytest.mark.parametrize("where", [(), ((0, 0, 0),), ((0, 0, 0), (0, 0, 0))])
async def test_nothing_to_do_is_done(where: tuple[tuple[float, ...], ...]) -> None:
    """No waypoints, or none but where the arm is."""
    async with arm_on_board() as (arm, board):
        await arm.move_through_joint_positions([joints(*each) for each in where])

        assert board.frames(Verb.LINE) == []


BAD_CALLS: list[tuple[str, Mapping[str, Any], str]] = [
    (
        "move_to_joint_positions",
        {"positions": joints(1, 2)},
        r"^positions has 2 joints; this arm has 3: base, shoulder, elbow$",
    ),
    (
        "move_to_joint_positions",
        {"positions": joints(0, math.nan, 0)},
        r"^positions: shoulder is nan; give a finite number of degrees$",
    ),
    (
        "move_to_joint_positions",
        {"positions": joints(0, -50, 0)},
        r"^positions: shoulder is -50 degrees; allowed: -45 to 90$",
    ),
    (
        "move_to_position",
        {"pose": Pose(x=200, z=60)},
        r"^position \(200, 0, 60\) mm is 200 mm .* 40 beyond the arm's reach of 160$",
    ),
    ("move_to_position", {"pose": Pose(x=math.inf)}, r"^pose\.x is inf; give a"),
    (
        "move_to_position",
        {"pose": Pose(x=80, z=140, o_z=-1)},
        (
            r"^pose asks for the orientation \(0, 0, -1, theta 0\), but at this "
            r"position the end is turned \(1, 0, 0, theta 0\): give that one, within 2 "
            r"degrees, or none \(all zeros\)$"
        ),
    ),
    (
        "move_to_position",
        {"pose": Pose(x=80, z=140, theta=7)},
        r"^pose has theta 7 about no axis",
    ),
    (
        "move_through_joint_positions",
        {"positions": [joints(0, 0, 0), joints(0, 0, 91)]},
        r"^positions\[1\]: elbow is 91 degrees; allowed: -90 to 90$",
    ),
    (
        "move_through_joint_positions",
        {"positions": [], "options": MoveOptions(max_vel_degs_per_sec=61)},
        (
            r"^options\.max_vel_degs_per_sec is 61 for the base; allowed: above 0, at "
            r"most 60 \(attribute 'max_speed_deg_s'\)$"
        ),
    ),
    (
        "move_through_joint_positions",
        {"positions": [], "options": MoveOptions(max_vel_degs_per_sec=0)},
        r"^options\.max_vel_degs_per_sec is 0 for the base; allowed: above 0",
    ),
    (
        "move_through_joint_positions",
        {"positions": [], "options": MoveOptions(max_vel_degs_per_sec_joints=[1, 2])},
        r"^options\.max_vel_degs_per_sec_joints has 2 joints; this arm has 3",
    ),
    (
        "move_through_joint_positions",
        {
            "positions": [],
            "options": MoveOptions(max_acc_degs_per_sec2_joints=[1, math.nan, 1]),
        },
        r"^options\.max_acc_degs_per_sec2_joints is nan for the shoulder",
    ),
    (
        "move_through_joint_positions",
        {"positions": [], "options": MoveOptions(max_tcp_speed=-1)},
        r"^options\.max_tcp_speed is -1; allowed: a number of m/s above 0$",
    ),
    ("set_manual_mode", {"manual_mode": True}, r"^this arm has no manual mode"),
    (
        "do_command",
        {"command": {"command": "dance"}},
        r"^no command 'dance'; known are: status, limits, stats, clear_fault, zero",
    ),
    (
        "do_command",
        {"command": {"command": "home", "joints": ["wrist"]}},
        r"^joints is \['wrist'\]; allowed: some of",
    ),
    (
        "do_command",
        {"command": {"command": "home", "speed_deg_s": 90}},
        r"^speed_deg_s is 90; allowed: above 0, at most 60",
    ),
    (
        "do_command",
        {"command": {"command": "zero", "positions": "here"}},
        r"^'here' is no list of numbers$",
    ),
]


@pytest.mark.parametrize(("method", "arguments", "message"), BAD_CALLS)
async def test_what_the_arm_cannot_do_is_refused_before_the_first_byte(
    method: str, arguments: Mapping[str, Any], message: str
) -> None:
    """The error says what was asked and what is allowed; the port is not opened."""
    async with ScriptedArm() as board:
        arm = make_arm(board)

        with pytest.raises(MotionRequestError, match=message):
            await getattr(arm, method)(**arguments)

        assert board.log == []
        await arm.close()


@pytest.mark.parametrize(("method", "arguments", "message"), BAD_CALLS[:4])
async def test_a_bad_request_does_not_end_the_move_under_way(
    method: str, arguments: Mapping[str, Any], message: str
) -> None:
    """Nothing is superseded by a motion that cannot be done."""
    async with arm_on_board() as (arm, board):
        move = await moving(arm, board)

        with pytest.raises(MotionRequestError, match=message):
            await getattr(arm, method)(**arguments)

        board.arrive_together()
        await move
        assert "!" not in board.log


async def test_what_the_board_does_not_allow_ends_no_move_either() -> None:
    """Its own soft limits may be narrower than the arm's."""
    async with ScriptedArm() as board:
        board.ranges["a"] = (-3200, 1600)
        arm = make_arm(board)
        move = await moving(arm, board)

        with pytest.raises(
            MotionRequestError,
            match=r"^base is 46 degrees; allowed: -90 to 45 \(the board\)$",
        ):
            await go(arm, 46, 0, 0)

        board.arrive_together()
        await move
        await arm.close()


async def test_a_configuration_above_the_boards_limits_is_told() -> None:
    """Before anything moves."""
    async with ScriptedArm() as board:
        arm = make_arm(board, max_speed_deg_s=300)

        with pytest.raises(
            ConfigError,
            match=r"^attribute 'max_speed_deg_s' of the base is 300; the board allows "
            r"at most 225$",
        ):
            await go(arm, *FAR)

        assert board.frames(Verb.LINE) == []
        await arm.close()


async def test_a_board_without_three_axes_is_no_arm() -> None:
    """It says which it has."""
    async with ScriptedBoard() as board:
        arm = make_arm(board)

        with pytest.raises(BoardMismatchError, match=r"'abc', .* has the axes 'ab'$"):
            await arm.get_joint_positions()

        await arm.close()


async def test_the_arm_says_what_it_is() -> None:
    """Kinematics, shapes, models, properties, manual mode."""
    async with arm_on_board() as (arm, _):
        kind, data, meshes = await arm.get_kinematics()  # type: ignore[misc]
        assert kind == KinematicsFileFormat.KINEMATICS_FILE_FORMAT_SVA
        assert json.loads(data)["name"] == "r"
        assert meshes == {}
        assert len(await arm.get_geometries()) == 3
        assert await arm.get_3d_models() == {}
        assert await arm.get_properties() == Arm.Properties(
            support_manual_mode=False, support_cartesian_commands=True
        )
        await arm.set_manual_mode(manual_mode=False)
        assert await arm.get_manual_mode() is False


async def test_status_is_what_the_board_says() -> None:
    """By `get_status` and by `do_command`, joint by joint."""
    async with arm_on_board() as (arm, board):
        board.axes["b"].position_counts = 320
        status = await arm.get_status()

        assert status["shoulder"] == {
            "state": "idle",
            "motion": 0,
            "position_deg": 9.0,
            "speed_deg_s": 0.0,
            "last_end": "none",
        }
        assert await arm.do_command({"command": "status"}) == status


async def test_do_command_reads_limits_and_counters() -> None:
    """For people who look after a robot."""
    async with arm_on_board() as (arm, _):
        limits = await arm.do_command({"command": "limits"})
        stats = await arm.do_command({"command": "stats"})

        shoulder = limits["shoulder"]
        assert isinstance(shoulder, Mapping)
        assert shoulder["least_counts"] == -1600
        assert shoulder["max_speed_cps"] == 8_000
        assert stats["lost_bytes"] == 0


async def test_zero_declares_where_the_joints_are() -> None:
    """All 0, or as told; only within their limits."""
    async with arm_on_board() as (arm, board):
        await arm.do_command({"command": "zero", "positions": [90, 0, -90]})

        assert board.frames(Verb.ZERO) == ["zero a 3200", "zero b 0", "zero c -3200"]
        assert list((await arm.get_joint_positions()).values) == [90, 0, -90]


async def test_home_finds_one_switch_after_the_other() -> None:
    """In the order asked for, each a motion of its own."""
    async with arm_on_board() as (arm, board):
        homing = asyncio.create_task(
            arm.do_command({"command": "home", "joints": ["elbow", "base"]})
        )
        await board.wait_frame("home c 1 300 533")
        board.arrive("c", -3200)
        await board.wait_frame("home a 1 300 533")
        board.arrive("a", -3200)

        assert await homing == {}
        assert "!" not in board.log


async def test_a_cancelled_home_is_stopped_like_any_move() -> None:
    """All joints: they share their power."""
    async with arm_on_board() as (arm, board):
        homing = asyncio.create_task(arm.do_command({"command": "home"}))
        await board.wait_frame("keep a 1")

        homing.cancel()

        assert homing.cancelling()
        await asyncio.wait([homing])
        assert homing.cancelled()
        assert "A" in board.log
        assert "stop a 1 0" in board.log
        assert board.frames(Verb.HOME) == ["home a 1 300 533"]
        assert board.axes["a"].state is AxisState.IDLE


async def test_an_axis_that_something_else_moves_is_busy() -> None:
    """Nothing is begun, nothing of the other is stopped by it."""
    async with arm_on_board() as (arm, board):
        board.axes["b"].state = AxisState.MOVING

        with pytest.raises(CommandRefusedError, match="10 busy; stop the axis first"):
            await go(arm, *FAR)

        board.axes["b"].state = AxisState.IDLE


async def test_a_move_after_home_has_a_number_newer_for_every_axis() -> None:
    """Though they have seen different ones."""
    async with arm_on_board() as (arm, board):
        for _ in range(2):
            homing = asyncio.create_task(
                arm.do_command({"command": "home", "joints": ["shoulder"]})
            )
            await board.wait_heard(lambda _: board.axes["b"].state == "moving")
            board.arrive("b", -1600)
            await homing
        move = await moving(arm, board)

        assert board.frames(Verb.LINE)[0].startswith("line 3 300")
        board.arrive_together()
        assert await outcome(move) is None
