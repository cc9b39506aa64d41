"""Each wrong attribute is answered with one line: its name, value, what is allowed."""

import pytest
from viam.proto.app.robot import ComponentConfig
from viam.utils import ValueTypes, dict_to_struct

from arduino_actuators.errors import ConfigError
from arduino_actuators.motor import ArduinoMotor
from arduino_actuators.motor_config import MotorConfig
from arduino_actuators.wire import StopCategory


def config(**attributes: ValueTypes) -> ComponentConfig:
    """Return what viam-server sends; its numbers are all floats."""
    return ComponentConfig(name="m", attributes=dict_to_struct(attributes))


def test_a_good_configuration_has_no_dependencies() -> None:
    """All attributes but the port have a default."""
    assert ArduinoMotor.validate_config(config(port="/dev/x")) == ([], [])
    assert ArduinoMotor.new(config(port="/dev/x", axis="b"), {}).name == "m"


def test_numbers_come_as_floats_and_are_read_as_what_they_are() -> None:
    """A protobuf Struct knows one kind of number."""
    read = MotorConfig.from_attributes(
        {"port": "/dev/x", "counts_per_rev": 400.0, "stop_category": 2.0}
    )

    assert read.counts_per_rev == 400
    assert isinstance(read.counts_per_rev, int)
    assert read.stop_category is StopCategory.RAMP_THEN_HOLD


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("port", "", "attribute 'port' is ''; allowed: the path of a serial port"),
        ("port", 7, "attribute 'port' is 7"),
        ("axis", "ab", "attribute 'axis' is 'ab'; allowed: one letter of 'abcdefgh'"),
        ("axis", "x", "attribute 'axis' is 'x'"),
        ("baud", 9600.5, "attribute 'baud' is 9600.5; allowed: a whole number from"),
        ("counts_per_rev", 0, "attribute 'counts_per_rev' is 0"),
        ("max_rpm", -1, "attribute 'max_rpm' is -1"),
        ("max_rpm", "fast", "attribute 'max_rpm' is 'fast'; allowed: a number of"),
        ("lease_ms", 10, "attribute 'lease_ms' is 10"),
        ("lease_ms", True, "attribute 'lease_ms' is True"),
        ("stop_category", 3, "attribute 'stop_category' is 3"),
        ("stop_ack_within_ms", 1e9, "attribute 'stop_ack_within_ms' is 1000000000"),
        ("boot_wait_s", 0, "attribute 'boot_wait_s' is 0"),
        ("boot_wait_s", float("nan"), "attribute 'boot_wait_s' is nan"),
        ("prot", "/dev/x", "unknown attribute 'prot'; known are: port, axis, baud"),
    ],
)
def test_a_wrong_attribute_is_named(name: str, value: ValueTypes, message: str) -> None:
    """With its value and what is allowed."""
    with pytest.raises(ConfigError) as caught:
        ArduinoMotor.validate_config(config(**{"port": "/dev/x", name: value}))

    [line] = str(caught.value).splitlines()
    assert line.replace(".0;", ";").startswith(message)


def test_a_missing_port_is_named() -> None:
    """It is the only attribute without a default."""
    with pytest.raises(ConfigError, match=r"^attribute 'port' is missing: the path"):
        ArduinoMotor.validate_config(config(axis="a"))


def test_every_wrong_attribute_is_told_at_once() -> None:
    """One line each, so that one round is enough."""
    with pytest.raises(ConfigError) as caught:
        ArduinoMotor.validate_config(config(axis="z", lease_ms=1, stopcat=1))

    assert len(str(caught.value).splitlines()) == 4
