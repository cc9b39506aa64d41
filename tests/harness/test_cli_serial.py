"""A real board on the command line: the virtual Uno, as a port of this machine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from deadstop.deadman_command import carry_out_deadman
from deadstop.errors import UsageError
from deadstop.prove_red_command import carry_out_red
from deadstop.resources import resource_folder
from deadstop.rig import load_rig
from deadstop.uno.control import Order
from deadstop.virtual.playable import require_one_board
from tests.harness.command_line import begin, run
from tests.harness.uno.virtual_uno import PATIENCE_S, Uno, virtual_uno

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(100)]

AT_CRUISE: Final = ("--motion", "go_for", "--moment", "cruise", "--trigger")


@pytest.fixture(scope="module")
def uno(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Uno]:
    """One virtual Uno for all tests here: it outlives its users."""
    with virtual_uno(tmp_path_factory.mktemp("uno")) as one:
        yield one


def rig(folder: Path, uno: Uno, **board: object) -> str:
    """Write a rig whose board is *uno*, with more said in its `[board]`."""
    text = (resource_folder("rigs") / "virtual-uno.toml").read_text()
    head, tail = text.split("[board]\n")
    rest = tail[tail.index("# One table for each component") :]
    keys = {"kind": "serial", "port": str(uno.link), "armed": True, **board}
    table = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
    (folder / "mine.toml").write_text(f"{head}[board]\n{table}\n{rest}")
    return "./mine.toml"


def outcomes(folder: Path) -> dict[str, dict[str, str]]:
    """Return each verdict of a run, by case and invariant."""
    document: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return {
        case["id"]: {one["invariant"]: one["outcome"] for one in case["verdicts"]}
        for case in document["cases"]
    }


def test_a_real_board_has_the_cases_and_verdicts_of_the_simulated_one(
    tmp_path: Path, uno: Uno
) -> None:
    """By its own reports; and its motor is at rest at the simulator's pins."""
    mine = rig(tmp_path, uno, control=str(uno.link))
    for name, trigger in ((mine, "client-close"), ("avr", "client-close")):
        out = f"{Path(name).stem}"
        done = run(tmp_path, "run", "--rig", name, *AT_CRUISE, trigger, "--out", out)
        assert done.returncode == 0, done.stdout + done.stderr
        assert ("pre-flight of" in done.stdout) == (name == mine)
    listed = [run(tmp_path, "run", "--rig", name, "--list") for name in (mine, "avr")]

    assert listed[0].stdout == listed[1].stdout
    serial, simulated = outcomes(tmp_path / "mine"), outcomes(tmp_path / "avr")
    assert serial == simulated
    assert serial["go_for/client-close/cruise"]["motion-ceased"] == "pass"
    told = json.loads((tmp_path / "mine" / "run.json").read_text())["rig"]
    assert (told["board"], told["proves"]) == ("serial", "shaft")
    assert told["identity"].startswith("motor-shield fw-")
    assert uno.ask().at_rest
    assert uno.drives("a")[-1].data["duty_permille"] == 0
    verified = run(tmp_path, "verify", "mine")
    assert verified.returncode == 0, verified.stdout


def test_a_board_that_can_be_reset_on_purpose_is(tmp_path: Path, uno: Uno) -> None:
    """The rig names its control socket; the position is followed through the reset."""
    mine = rig(tmp_path, uno, control=str(uno.link))
    words = ["--rig", mine, *AT_CRUISE, "board-reset", "--out", "out"]
    done = run(tmp_path, "run", *words)

    assert done.returncode == 0, done.stdout + done.stderr
    verdicts = outcomes(tmp_path / "out")["go_for/board-reset/cruise"]
    assert {"motion-ceased", "honest-outcome", "next-works"} <= {
        law for law, outcome in verdicts.items() if outcome == "pass"
    }
    without = run(tmp_path, "run", "--rig", rig(tmp_path, uno), "--list").stdout
    assert "/board-reset/" not in without
    assert "/unplug/" in without


def test_a_board_that_nothing_resets_is_used_as_it_is(tmp_path: Path, uno: Uno) -> None:
    """`hold`: its session and its motion numbers are those of the case before."""
    uno.ask(Order.AUTO_RESET_OFF)
    mine = rig(tmp_path, uno, dtr="hold")
    words = ["--rig", mine, *AT_CRUISE, "client-cancel", "--repeat", "2"]
    done = run(tmp_path, "run", *words, "--out", "out")

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("board", "code", "told"),
    [
        ({"armed": False}, 2, "rig 'virtual-uno' moves a real motor: see that nobody"),
        ({"build": "fw-00000000"}, 21, " is another build of the firmware: motor-s"),
        ({"shield": "cnc"}, 21, " is another board: motor-shield fw-"),
        ({"port": "/nowhere"}, 21, "there is no port /nowhere: is the board plugged"),
        ({"port": "socket://127.0.0.1:1"}, 21, "socket://127.0.0.1:1 cannot be opened"),
    ],
)
def test_nothing_moves_before_the_board_is_armed_and_proven(
    tmp_path: Path, uno: Uno, board: dict[str, object], code: int, told: str
) -> None:
    """One line, and no run."""
    uno.ask(Order.AUTO_RESET_ON)
    axis = "" if "shield" not in board else "abc"
    mine = rig(tmp_path, uno, **board, **({"axes": axis} if axis else {}))
    before = uno.ask()
    done = run(tmp_path, "run", "--rig", mine, *AT_CRUISE, "client-close")

    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert uno.ask().axes == before.axes
    assert not (tmp_path / "deadstop-runs").exists()


def test_what_is_beyond_the_envelope_never_moves_the_motor(
    tmp_path: Path, uno: Uno
) -> None:
    """One line, and no verdict; only the pre-flight has moved anything, slowly."""
    uno.ask(Order.AUTO_RESET_ON)
    mine = rig(tmp_path, uno, **{"envelope.max_speed_rpm": 30.0})
    before_rev = uno.ask().axes["a"].position_rev
    words = ["--rig", mine, *AT_CRUISE, "client-close", "--out", "out"]
    done = run(tmp_path, "run", *words)

    assert done.returncode == 2, done.stdout + done.stderr
    assert "`move` of axis a asked for 8000 counts/s, and 1600 are" in done.stderr
    assert "nothing of it was sent, and the board was stopped" in done.stderr
    assert uno.ask().at_rest
    assert uno.ask().axes["a"].position_rev == pytest.approx(before_rev, abs=0.1)


def test_armed_on_the_command_line_is_leave_for_one_run(
    tmp_path: Path, uno: Uno
) -> None:
    """The rig does not say so itself."""
    uno.ask(Order.AUTO_RESET_ON)
    words = ["--rig", rig(tmp_path, uno, armed=False), "--armed", "--trigger", "none"]
    done = run(tmp_path, "run", *words, "--motion", "go_for")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_second_run_hears_who_has_the_board_and_a_lost_port_is_not_at_rest(
    tmp_path: Path, uno: Uno
) -> None:
    """20 for the one; 30 for the other, which wins, though the lease has stopped it."""
    uno.ask(Order.AUTO_RESET_ON)
    mine = rig(tmp_path, uno, **{"envelope.max_travel_rev": 30.0})
    text = (tmp_path / "mine.toml").read_text()
    # Eight seconds: it still moves when the port is lost.
    (tmp_path / "mine.toml").write_text(text.replace("= 0.8 }", "= 20 }", 1))
    words = ["--rig", mine, "--motion", "go_for", "--trigger", "none"]
    first = begin(tmp_path, "run", *words)
    uno.wait_case(first)
    second = run(tmp_path, "run", "--rig", mine)
    uno.ask(Order.UNPLUG)
    out, err = first.communicate(timeout=PATIENCE_S)

    assert second.returncode == 20, second.stderr
    assert f" is held by process {first.pid} (" in second.stderr
    assert "rig virtual-uno, since 20" in second.stderr
    assert first.returncode == 30, out + err
    assert "THE RIG COULD NOT BE CONFIRMED AT REST" in out
    uno.wait_rest()
    uno.ask(Order.REPLUG)


def test_an_arm_is_taken_back_before_each_case(tmp_path: Path) -> None:
    """Else it would creep on by 15 degrees a case, until a limit switch ends that."""
    with virtual_uno(tmp_path, "arm-avr") as arm:
        arm.ask(Order.AUTO_RESET_ON)
        mine = (resource_folder("rigs") / "uno-arm.toml").read_text()
        port = f'port = "{arm.link}"\narmed = true\n'
        (tmp_path / "arm.toml").write_text(
            "".join(
                port if line.startswith("usb") else line
                for line in mine.splitlines(keepends=True)
            )
        )
        words = [
            "--motion",
            "joints",
            "--moment",
            "cruise",
            "--trigger",
            "client-close",
        ]
        done = run(tmp_path, "run", "--rig", "./arm.toml", *words, "--repeat", "2")

        assert done.returncode == 0, done.stdout + done.stderr
        state = arm.ask()
        assert state.at_rest
        degrees = [round(axis.position_rev * 360, 1) for axis in state.axes.values()]
        assert degrees == [15.0, 9.0, 3.0]  # where the last check has left it


@pytest.mark.parametrize("name", ["uno-motor", "remote-uno", "virtual-uno"])
def test_the_rigs_of_the_bench_differ_from_the_avr_one_in_their_boards_only(
    name: str,
) -> None:
    """A case of one is the same case on the other."""
    same = {"name": "", "description": "", "board": None}
    ours = load_rig(name)
    assert ours.model_copy(update=same) == load_rig("avr").model_copy(update=same)
    assert (ours.board.kind, ours.simulated) == ("serial", False)


def test_the_arm_of_the_bench_is_the_simulated_one_on_another_board() -> None:
    """As it is for the motors."""
    same = {"name": "", "description": "", "board": None}
    ours, simulated = load_rig("uno-arm"), load_rig("arm-avr")
    assert ours.model_copy(update=same) == simulated.model_copy(update=same)


def test_what_wants_a_simulated_board_refuses_a_real_one() -> None:
    """Nothing is opened."""
    real = load_rig("virtual-uno")
    with pytest.raises(UsageError, match=r"^rig 'virtual-uno' has a real board, and v"):
        require_one_board(real)
    with pytest.raises(UsageError, match=r"^the board of rig 'virtual-uno' is a real "):
        carry_out_deadman(real, "a", [300], seed=1)
    with pytest.raises(UsageError, match=r"^rig 'virtual-uno' .* --prove-red "):
        carry_out_red(real)
