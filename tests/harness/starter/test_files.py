"""What `deadstop init` writes is a rig, whatever it is given."""

import tomllib
from pathlib import Path

import pytest

from deadstop.errors import UsageError
from deadstop.rig import load_rig
from deadstop.starter.files import Plan, rig_text, suite_text
from deadstop.starter.motions import propose, usual_axis

MOTOR, ARM = "rdk:component:motor", "rdk:component:arm"
METHODS = {
    MOTOR: {"go_for", "go_to"},
    ARM: {"move_to_joint_positions", "move_through_joint_positions"},
    "rdk:component:base": {"move_straight", "spin"},
    "rdk:component:gantry": {"move_to_position"},
    "rdk:component:servo": {"move"},
    "rdk:component:gripper": {"open"},
}


def plan(api: str = MOTOR, axis: str = "", **changes: object) -> Plan:
    """Return the plan of a component of *api* that has all its methods."""
    axis = axis or usual_axis(api)
    values: dict[str, object] = {
        "class_path": "my_module.parts:MyPart",
        "api": api,
        "board": "loopback",
        "axis": axis,
        "attributes": {"port": "{port}"},
        "motions": propose(api, METHODS[api], len(axis)),
    }
    return Plan(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("api", METHODS)
def test_the_rig_of_any_component_that_is_known_is_right(
    tmp_path: Path, api: str
) -> None:
    """It loads; component, motions and axes are in it; the test names its motion."""
    path = tmp_path / "rig.toml"
    path.write_text(rig_text(plan(api)), encoding="utf-8")

    rig = load_rig(str(path))

    assert rig.name == "my-part"
    assert rig.components["my-part"].axis == usual_axis(api)
    assert f'f"{next(iter(rig.motions))}/' in suite_text(plan(api), "rig.toml")


def test_an_arm_of_six_joints_has_six_axes(tmp_path: Path) -> None:
    """And a place to go for each of them."""
    path = tmp_path / "rig.toml"
    path.write_text(rig_text(plan(ARM, "abcdef")), encoding="utf-8")

    rig = load_rig(str(path))

    assert rig.board.axes == "abcdef"
    assert len(rig.motions["joints"].calls[0].args["positions"]) == 6


def test_attributes_come_through_as_they_were_given() -> None:
    """Texts with quotes, escapes and emoji in them, lists, tables, odd names."""
    attributes = {
        "plain": 1.5,
        "odd name": 'a "b" \\ \n \x7f \U0001f600',
        "list": [1, True, "x"],
        "table": {"a.b": -3, "empty": {}},
    }

    read = tomllib.loads(rig_text(plan(attributes=attributes)))

    assert read["components"]["my-part"]["attributes"] == attributes


def test_a_method_that_is_not_implemented_is_not_proposed() -> None:
    """A motor that cannot go to a place can still go for a while."""
    (motion,) = propose(MOTOR, {"go_for"}, 1)

    assert motion.name == "go_for"


@pytest.mark.parametrize(
    ("api", "told"),
    [("rdk:component:sensor", "known: rdk:component:motor"), (MOTOR, "go_for, go_to")],
)
def test_what_cannot_move_is_told_in_one_line(api: str, told: str) -> None:
    """And what to do in its place."""
    with pytest.raises(UsageError, match=told) as raised:
        propose(api, {"stop"}, 1)

    assert "loopback.toml" in str(raised.value)


def test_a_test_file_is_python_whatever_the_rig_is_called() -> None:
    """Its first line repeats the path."""
    compile(suite_text(plan(), 'a"""b\\'), "test_stops.py", "exec")
