"""What host and firmware both know is the same: the firmware itself prints it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from arduino_actuators.wire import (
    AxisState,
    BoardEvent,
    BootCause,
    Cause,
    ErrorCode,
    FaultCode,
    StopCategory,
    Verb,
)
from arduino_actuators.wire.signatures import INT32, SIGNATURES, Argument
from arduino_actuators.wire.table import (
    DEFAULT_BAUD,
    JUMP_CPS,
    MAX_FRAME_BYTES,
    MAX_LEASE_MS,
    MAX_LINE_BYTES,
    MAX_LINES,
    MAX_MOTION,
    MIN_LEASE_MS,
    MOTION_VERBS,
    PROTOCOL_VERSION,
    SESSION_VERBS,
    STANDSTILL_MS,
    TRANSITIONS,
)
from deadstop.boards.loopback.config import CNC_LIMITS, CNC_RANGES, default_limits
from deadstop.plant import NEMA17_JOINT, POLOLU_37D_50
from tests.firmware import arm
from tests.firmware.host_build import FIRMWARE, made


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build them."""
    return made("host", tmp_path_factory.mktemp("build"))


def printed(program: Path) -> dict[str, Any]:
    """Let the firmware's own sources print their tables."""
    done = subprocess.run(  # noqa: S603 - built here
        [program], capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def tables(programs: Path) -> dict[str, Any]:
    """Those of the build for two motors."""
    return printed(programs / "tables")


@pytest.fixture(scope="module")
def arm_tables(programs: Path) -> dict[str, Any]:
    """Those of the build for an arm."""
    return printed(programs / "arm" / "tables")


def kind(argument: Argument) -> str:
    """Name the kind of an argument as the firmware does."""
    if argument.form is None:
        return "a"
    kinds = {
        INT32: "i",
        range(1, MAX_MOTION + 1): "m",
        range(MAX_MOTION + 1): "n",
        range(len(StopCategory)): "c",
    }
    return kinds[argument.form]


def test_the_verbs_their_arguments_and_what_they_need(tables: dict[str, Any]) -> None:
    """In the order of section 4."""
    expected = {
        verb.value: [
            "".join(map(kind, SIGNATURES[verb])),
            verb in SESSION_VERBS,
            verb in MOTION_VERBS,
        ]
        for verb in Verb
    }
    assert tables["signatures"] == expected
    assert list(tables["signatures"]) == list(expected)


def test_the_words(tables: dict[str, Any]) -> None:
    """Each name, and with it each number, since they are told in order."""
    assert tables["states"] == [state.value for state in AxisState]
    assert tables["causes"] == [cause.value for cause in Cause]
    assert tables["events"] == [event.value for event in BoardEvent]
    assert tables["boot_causes"] == [cause.value for cause in BootCause]
    assert tables["errors"] == [code.word for code in sorted(ErrorCode)]
    assert tables["faults"] == [code.word for code in sorted(FaultCode)]
    assert sorted(ErrorCode) == list(range(1, len(ErrorCode) + 1))


def test_the_states_an_axis_can_take(tables: dict[str, Any]) -> None:
    """The whole table of section 6, and not a row more."""
    expected = {(at.value, on.value): to.value for (at, on), to in TRANSITIONS.items()}
    assert {(at, on): to for at, on, to in tables["transitions"]} == expected


def test_the_figures(tables: dict[str, Any]) -> None:
    """Of the line, of leases, and of the motor that the twin has too."""
    limits = default_limits(POLOLU_37D_50)
    assert tables["version"] == PROTOCOL_VERSION
    assert tables["baud"] == DEFAULT_BAUD
    assert tables["frame_bytes"] == MAX_FRAME_BYTES
    assert tables["line_bytes"] <= MAX_LINE_BYTES
    assert tables["lease_ms"] == [MIN_LEASE_MS, MAX_LEASE_MS]
    assert tables["standstill_ms"] == STANDSTILL_MS
    assert tables["categories"] == len(StopCategory)
    assert tables["counts_per_rev"] == POLOLU_37D_50.encoder_counts_per_rev
    assert tables["limits"] == [
        limits.max_speed_cps,
        limits.accel_cps2,
        limits.max_move_counts,
    ]


def test_both_builds_speak_the_same_protocol(
    tables: dict[str, Any], arm_tables: dict[str, Any]
) -> None:
    """They differ in what their board is, and in nothing else."""
    theirs = {"stall_ms", "tracking_counts", "ranges", "jump_cps", "home_back_cps"}
    theirs |= {"board", "axes", "limits", "counts_per_rev"}
    both = [
        {key: value for key, value in each.items() if key not in theirs}
        for each in (tables, arm_tables)
    ]
    assert both[0] == both[1]
    assert len(both[0]) >= 12


def test_the_figures_of_the_arm(arm_tables: dict[str, Any]) -> None:
    """The protocol's, and those that the twin has too."""
    assert arm_tables["board"] == "cnc-shield"
    assert arm_tables["axes"] == len(CNC_RANGES)
    assert arm_tables["lines"] == MAX_LINES
    assert arm_tables["jump_cps"] == JUMP_CPS
    assert arm_tables["home_back_cps"] == JUMP_CPS
    assert arm_tables["counts_per_rev"] == NEMA17_JOINT.steps_per_rev
    assert arm_tables["limits"] == [
        CNC_LIMITS.max_speed_cps,
        CNC_LIMITS.accel_cps2,
        CNC_LIMITS.max_move_counts,
    ]
    ranges = [[each.start, each.stop - 1] for each in CNC_RANGES.values()]
    assert arm_tables["ranges"] == ranges
    assert [list(each) for each in arm.RANGES.values()] == ranges
    assert arm_tables["limits"][:2] == [arm.MAX_CPS, arm.ACCEL_CPS2]
    assert arm.JUMP_CPS == JUMP_CPS


def test_what_is_a_fault(tables: dict[str, Any]) -> None:
    """As section 5 says."""
    text = (FIRMWARE / "PROTOCOL.md").read_text("utf-8")
    assert f"no movement for {tables['stall_ms']} ms" in text
    assert "more than a quarter of a revolution behind its profile" in text
    assert tables["tracking_counts"] * 4 == tables["counts_per_rev"]
