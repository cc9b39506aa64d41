"""Where a rig's real board is: the port that its stable identity leads to now."""

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from serial.tools import list_ports

from deadstop.errors import BoardAbsentError
from deadstop.rig import SerialBoardConfig

if TYPE_CHECKING:
    from deadstop.rig.serial_board import UsbConfig

__all__ = ["Found", "find_port", "usb_ports"]

_MOST_LISTED: Final = 4


class Port(Protocol):
    """What pyserial tells of a port."""

    device: str
    serial_number: str | None
    location: str | None
    vid: int | None
    pid: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """A port.

    Attributes:
        name: as the rig says it, for people.
        port: what is opened: a device's path, or a URL.
        identity: what the lock is about: the device's own path, or the URL.
    """

    name: str
    port: str
    identity: str

    @property
    def is_remote(self) -> bool:
        """Whether it is at another machine, as far as is known here."""
        return "://" in self.port


def find_port(config: SerialBoardConfig, ports: Iterable[Port] | None = None) -> Found:
    """Return the port of the board that *config* names.

    Args:
        config: of the rig.
        ports: the USB ports there are; default: ask the system.

    Raises:
        BoardAbsentError: it is not plugged in, or two are that might be it.
    """
    if config.usb is not None:
        device = _only_one(config.usb, usb_ports() if ports is None else ports)
        return Found(f"{device} ({_wanted(config.usb)})", device, _real(device))
    port = config.port
    if "://" in port:
        return Found(port, port, port)
    if not Path(port).exists():
        listed = ", ".join(by_id()) or "none"
        advice = f"is the board plugged in? ports that keep their names: {listed}"
        if config.control:  # a virtual one
            advice = f"start its board: deadstop board --rig avr --link {port}"
        raise BoardAbsentError(f"there is no port {port}: {advice}")
    return Found(port, port, _real(port))


def usb_ports() -> list[Port]:
    """Return the serial ports that are USB devices."""
    if sys.platform != "linux":  # pragma: no cover - the harness wants Linux anyway
        return []
    return [port for port in list_ports.comports() if port.vid is not None]


def by_id() -> Iterator[str]:
    """Yield the names in /dev/serial/by-id, which udev makes of serial numbers."""
    folder = Path("/dev/serial/by-id")
    if folder.is_dir():
        yield from sorted(map(str, folder.iterdir()))


def _only_one(usb: "UsbConfig", ports: Iterable[Port]) -> str:
    there = list(ports)
    fitting = [port for port in there if _fits(usb, port)]
    if len(fitting) == 1:
        return fitting[0].device
    listed = "; ".join(map(_described, (fitting or there)[:_MOST_LISTED])) or "none"
    if fitting:
        raise BoardAbsentError(
            f"{len(fitting)} USB devices fit {_wanted(usb)}: {listed}; say in the rig "
            "which it is, by its serial_number or location"
        )
    raise BoardAbsentError(
        f"no USB device fits {_wanted(usb)}: is the board plugged in? there are: "
        f"{listed}"
    )


def _fits(usb: "UsbConfig", port: Port) -> bool:
    wanted = usb.model_dump(exclude_defaults=True)
    return all(getattr(port, key) == value for key, value in wanted.items())


def _wanted(usb: "UsbConfig") -> str:
    wanted = usb.model_dump(exclude_defaults=True)
    return ", ".join(f"{key} {_shown(key, value)}" for key, value in wanted.items())


def _described(port: Port) -> str:
    keys = ("vid", "pid", "serial_number", "location")
    told = [
        f"{key} {_shown(key, value)}"
        for key in keys
        if (value := getattr(port, key)) is not None
    ]
    return f"{port.device} ({', '.join(told)})"


def _shown(key: str, value: object) -> str:
    return f"{value:#06x}" if key in ("vid", "pid") else f"{value}"


def _real(path: str) -> str:
    return os.path.realpath(path)
