"""Each wrong attribute of an arm is answered with one line."""

import pytest
from viam.proto.app.robot import ComponentConfig
from viam.utils import ValueTypes, dict_to_struct

from arduino_actuators.arm import ArduinoArm
from arduino_actuators.arm_config import ArmConfig
from arduino_actuators.errors import ConfigError


def config(**attributes: ValueTypes) -> ComponentConfig:
    """Return what viam-server sends; its numbers are all floats."""
    return ComponentConfig(name="r", attributes=dict_to_struct(attributes))


def test_a_good_configuration_has_no_dependencies() -> None:
    """All attributes but the port have a default."""
    assert ArduinoArm.validate_config(config(port="/dev/x")) == ([], [])
    assert ArduinoArm.new(config(port="/dev/x", upper_arm_mm=90), {}).name == "r"


def test_one_number_is_for_all_joints_and_three_are_one_for_each() -> None:
    """Speeds, accelerations and counts."""
    read = ArmConfig.from_attributes(
        {
            "port": "/dev/x",
            "counts_per_rev": 12800.0,
            "max_speed_deg_s": [90.0, 60.0, 45.0],
        }
    )

    assert read.counts_per_rev == (12800, 12800, 12800)
    assert read.max_speed_deg_s == (90, 60, 45)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("port", "", "attribute 'port' is ''; allowed: the path of a serial port"),
        ("baud", 1.5, "attribute 'baud' is 1.5; allowed: a whole number from"),
        (
            "counts_per_rev",
            [12800, 12800],
            (
                "attribute 'counts_per_rev' is [12800.0, 12800.0]; allowed: one for "
                "all joints or a list of 3, each a whole number from 1 to 10000000"
            ),
        ),
        ("upper_arm_mm", 0, "attribute 'upper_arm_mm' is 0; allowed: a number of mm"),
        ("base_height_mm", -1, "attribute 'base_height_mm' is -1; allowed: a number"),
        ("min_deg", -90, "attribute 'min_deg' is -90; allowed: a list of 3, each a"),
        ("max_deg", [90, 400, 90], "attribute 'max_deg' is [90.0, 400.0, 90.0];"),
        (
            "max_deg",
            [90, -50, 90],
            "attribute 'min_deg' of the shoulder is -45; allowed: below its 'max_deg'",
        ),
        ("max_speed_deg_s", 0, "attribute 'max_speed_deg_s' is 0; allowed: one for"),
        ("max_accel_deg_s2", [1, 2, "x"], "attribute 'max_accel_deg_s2' is [1.0, 2.0,"),
        ("lease_ms", 10, "attribute 'lease_ms' is 10"),
        ("stop_category", 3, "attribute 'stop_category' is 3"),
        ("axis", "abc", "unknown attribute 'axis'; known are: port, baud, counts_"),
    ],
)
def test_a_wrong_attribute_is_named(name: str, value: ValueTypes, message: str) -> None:
    """With its value and what is allowed."""
    with pytest.raises(ConfigError) as caught:
        ArduinoArm.validate_config(config(**{"port": "/dev/x", name: value}))

    [line] = str(caught.value).splitlines()
    assert line.replace(".0;", ";").startswith(message)


def test_every_wrong_attribute_is_told_at_once() -> None:
    """One line each, so that one round is enough."""
    with pytest.raises(ConfigError) as caught:
        ArduinoArm.validate_config(config(upper_arm_mm=-1, forearm_mm="long"))

    assert len(str(caught.value).splitlines()) == 3
