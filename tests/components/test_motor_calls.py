"""Every call of the Motor API, with the arguments it takes and those it refuses."""

import math

import pytest
from viam.components.motor import Motor

from arduino_actuators.errors import CommandRefusedError, MotionRequestError
from arduino_actuators.wire import ErrorCode, Verb
from tests.components.motor_bench import make_motor, motor_on_board, moving
from tests.components.scripted_board import ScriptedBoard


@pytest.mark.parametrize(
    ("rpm", "revolutions", "delta_counts"),
    [(60, 2, 6400), (-60, 2, -6400), (60, -2, -6400), (-60, -2, 6400)],
)
async def test_go_for_turns_backwards_if_one_of_its_arguments_is_negative(
    rpm: float, revolutions: float, delta_counts: int
) -> None:
    """Both negative is forward."""
    async with motor_on_board() as (motor, board):
        board.mute_events.clear()
        task = motor.go_for(rpm, revolutions, timeout=0.05)
        with pytest.raises(Exception, match="its time was over"):
            await task

        assert board.frames(Verb.MOVE) == [f"move a 1 300 {delta_counts} 3200"]


async def test_go_to_ignores_the_sign_of_the_speed() -> None:
    """It turns toward the target, whichever way that is."""
    async with motor_on_board() as (motor, board):
        with pytest.raises(Exception, match="its time was over"):
            await motor.go_to(-60, -0.5, timeout=0.05)

        assert board.frames(Verb.GOTO) == ["goto a 1 300 -1600 3200"]


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        (
            "go_for",
            (60, 0),
            r"^revolutions is 0, which go_for .* use set_rpm$",
        ),
        ("go_for", (0, 1), r"^rpm is 0: the target would never be reached$"),
        ("go_for", (60, 1e-5), r"^revolutions is 1e-05, less than half a count"),
        ("go_for", (60, 1e3), r"^revolutions is 1000; allowed: at most 312\.5 either"),
        ("go_for", (1300, 1), r"^rpm is 1300; allowed: at most 1200 .* \(the board\)$"),
        ("go_for", (math.nan, 1), r"^rpm is nan; give a finite number$"),
        ("go_for", (60, math.inf), r"^revolutions is inf; give a finite number$"),
        ("go_to", (0, 1), r"^rpm is 0"),
        ("go_to", (60, 1e9), r"^position_revolutions is 1e\+09; allowed: -671089 to"),
        ("set_rpm", (-1300,), r"^rpm is -1300; allowed: at most 1200 either way"),
        ("set_rpm", (math.inf,), r"^rpm is inf"),
        ("set_power", (1.01,), r"^power is 1\.01; allowed: -1 to 1$"),
        ("set_power", (math.nan,), r"^power is nan"),
        ("reset_zero_position", (math.nan,), r"^offset is nan"),
    ],
)
async def test_what_the_motor_cannot_do_is_refused_before_the_first_byte(
    method: str, arguments: tuple[float, ...], message: str
) -> None:
    """The error says what was asked and what is allowed."""
    async with motor_on_board() as (motor, board):
        with pytest.raises(MotionRequestError, match=message):
            await getattr(motor, method)(*arguments)

        assert board.log == []


async def test_a_bad_request_does_not_end_the_move_under_way() -> None:
    """Nothing is superseded by a motion that cannot be done."""
    async with motor_on_board(max_rpm=100) as (motor, board):
        move = await moving(motor, board)

        with pytest.raises(MotionRequestError, match=r"100 .* \(attribute 'max"):
            await motor.go_for(101, 1)

        board.arrive("a")
        await move


async def test_a_nan_timeout_is_refused() -> None:
    """It would mean never, or at once."""
    async with motor_on_board() as (motor, board):
        with pytest.raises(ValueError, match="timeout is nan"):
            await motor.go_for(60, 1, timeout=math.nan)

        assert board.log == []


@pytest.mark.parametrize("power", [0, 0.0004])
async def test_no_power_is_a_stop(power: float) -> None:
    """As in the API: 0 stops."""
    async with motor_on_board() as (motor, board):
        await motor.set_power(1)
        assert await motor.is_moving()

        await motor.set_power(power)

        assert await motor.is_powered() == (False, 0.0)
        assert "A" in board.log


async def test_no_speed_is_a_stop() -> None:
    """As in the API: 0 stops."""
    async with motor_on_board() as (motor, board):
        await motor.set_rpm(-60)
        assert board.frames(Verb.SPIN) == ["spin a 1 300 -3200"]

        await motor.set_rpm(0)

        assert not await motor.is_moving()


async def test_the_new_zero_lies_offset_away_from_here() -> None:
    """As Viam's own motors do it: the position here becomes -offset."""
    async with motor_on_board() as (motor, board):
        await motor.reset_zero_position(0.5)
        assert await motor.get_position() == -0.5

        await motor.set_rpm(60)
        board.refuse[Verb.ZERO] = ErrorCode.BUSY
        with pytest.raises(CommandRefusedError, match="10 busy; stop the axis first"):
            await motor.reset_zero_position(0)


async def test_the_motor_reports_its_position() -> None:
    """From the encoder counts of the board."""
    async with motor_on_board() as (motor, _):
        assert await motor.get_properties() == Motor.Properties(position_reporting=True)


async def test_status_is_what_the_board_says() -> None:
    """By `get_status` and by `do_command`."""
    async with motor_on_board() as (motor, board):
        board.axes["a"].position_counts = 1600
        expected = {
            "state": "idle",
            "motion": 0,
            "position_rev": 0.5,
            "speed_rpm": 0.0,
            "power": 0.0,
            "last_end": "none",
        }

        assert await motor.get_status() == expected
        assert await motor.do_command({"command": "status"}) == expected


async def test_do_command_reads_limits_and_counters() -> None:
    """For people who look after a robot."""
    async with motor_on_board() as (motor, _):
        limits = await motor.do_command({"command": "limits"})
        stats = await motor.do_command({"command": "stats"})

        assert limits["max_speed_cps"] == 64_000
        assert stats["lost_bytes"] == 0


async def test_an_unknown_command_is_answered_with_the_known_ones() -> None:
    """So that nobody has to look them up."""
    async with motor_on_board() as (motor, _):
        with pytest.raises(
            MotionRequestError, match=r"^no command 'dance'; known are: status, limits"
        ):
            await motor.do_command({"command": "dance"})


async def test_a_lease_the_board_does_not_allow_is_refused() -> None:
    """With what it does allow."""
    async with ScriptedBoard(max_lease_ms=200) as board:
        motor = make_motor(board)

        with pytest.raises(ValueError, match=r"^attribute 'lease_ms' is 300"):
            await motor.get_position()

        await motor.close()


async def test_a_new_motor_opens_nothing() -> None:
    """Nothing is reset, nothing is blocked, until the motor is used."""
    async with ScriptedBoard() as board:
        motor = make_motor(board)
        await motor.close()

        assert board.log == []
