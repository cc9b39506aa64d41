"""The port that a stable identity leads to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deadstop.boards.serial.where import find_port
from deadstop.errors import BoardAbsentError
from deadstop.rig import SerialBoardConfig


@dataclass
class Usb:
    """What pyserial tells of a USB port."""

    device: str = "/dev/ttyACM0"
    serial_number: str | None = "7543"
    location: str | None = "1-1.4"
    vid: int | None = 0x2341
    pid: int | None = 0x0043


def board(**keys: Any) -> SerialBoardConfig:  # noqa: ANN401 - what a rig file says
    """Return a `[board]`."""
    return SerialBoardConfig(kind="serial", **keys)


@pytest.mark.parametrize(
    "wanted",
    [{"serial_number": "7543"}, {"location": "1-1.4", "vid": 0x2341}, {"pid": 0x43}],
)
def test_a_usb_device_is_found_by_what_is_said_of_it(wanted: dict[str, Any]) -> None:
    """Whatever number the kernel gave its port this time."""
    other = Usb("/dev/ttyUSB0", None, "1-2", 0x0403, 0x6001)
    found = find_port(board(usb=wanted), [other, Usb()])
    assert (found.port, found.identity) == ("/dev/ttyACM0", "/dev/ttyACM0")


def test_of_two_that_fit_none_is_taken() -> None:
    """The wrong motor would move: the message tells them apart."""
    twin = Usb("/dev/ttyACM1", "7544", "1-1.5")
    with pytest.raises(
        BoardAbsentError,
        match=r"^2 USB devices fit vid 0x2341: /dev/ttyACM0 \(vid 0x2341, pid 0x0043, "
        r"serial_number 7543, location 1-1\.4\); /dev/ttyACM1 .*; say in the rig which",
    ):
        find_port(board(usb={"vid": 0x2341}), [Usb(), twin])


def test_what_is_not_plugged_in_is_told_with_what_is() -> None:
    """One line, with the ports there are."""
    with pytest.raises(
        BoardAbsentError,
        match=r"^no USB device fits serial_number 1: is the board plugged in\? there "
        r"are: /dev/ttyACM0 ",
    ):
        find_port(board(usb={"serial_number": "1"}), [Usb()])


def test_a_link_leads_to_the_device_that_the_lock_is_about(tmp_path: Path) -> None:
    """Two names of one port are one port."""
    link = tmp_path / "by-id"
    link.symlink_to("/dev/null")
    assert find_port(board(port=str(link))).identity == "/dev/null"
    with pytest.raises(BoardAbsentError, match=r"^there is no port /nowhere: is the "):
        find_port(board(port="/nowhere"))
