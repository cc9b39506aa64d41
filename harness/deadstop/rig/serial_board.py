"""The `[board]` table of a real board: where its port is, and who may move it."""

import re
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from arduino_actuators.wire import DEFAULT_BAUD
from deadstop.rig.envelope import Envelope
from deadstop.rig.kinds import Positive, Table, beside_the_rig
from deadstop.rig.shields import Shielded, shield_axes

__all__ = ["EnvelopeConfig", "SerialBoardConfig", "UsbConfig"]

_URL: Final = re.compile(r"(socket|rfc2217)://[^/\s:]+:\d{1,5}")
_ALLOWED_PORT: Final = (
    "a path such as /dev/serial/by-id/usb-..., socket://HOST:PORT or "
    "rfc2217://HOST:PORT"
)
_BUILD: Final = re.compile(r"[a-z0-9-]+")


def _port(value: str, info: ValidationInfo) -> str:
    if "://" in value:
        if not _URL.fullmatch(value):
            raise ValueError(_ALLOWED_PORT)
        return value
    if "\0" in value:
        raise ValueError(_ALLOWED_PORT)
    return beside_the_rig(value, info)


def _build(value: str) -> str:
    if value and not _BUILD.fullmatch(value):
        raise ValueError("a word of a-z, 0-9 and -, as the board's `hello` answers")
    return value


class UsbConfig(Table):
    """What tells one USB device from all others; what is not given may be anything."""

    serial_number: str = Field(
        default="", description="As `python -m serial.tools.list_ports -v` shows it."
    )
    location: str = Field(
        default="", description="Where it is plugged in, such as 1-1.4."
    )
    vid: int | None = Field(
        default=None, ge=0, le=0xFFFF, description="Who made it, such as 0x2341."
    )
    pid: int | None = Field(
        default=None, ge=0, le=0xFFFF, description="What it is, such as 0x0043."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.model_dump(exclude_defaults=True) == {}:
            raise ValueError("serial_number, location, vid or pid: one at least")
        return self


class EnvelopeConfig(Table):
    """What a component may ask of a real board; more never leaves this machine."""

    max_speed_rpm: Positive | None = Field(
        default=None,
        description="The speed of an axis; by default what the board itself allows.",
    )
    max_travel_rev: Positive = Field(
        default=5.0,
        description="The way of one motion, and from where the case began.",
    )
    max_duty: float = Field(
        default=1.0,
        gt=0.0,
        le=1.0,
        description="The share of the motors' supply that may be asked for by itself.",
    )
    max_motion_s: Positive = Field(
        default=20.0, description="For how long a motion may be kept going."
    )


class SerialBoardConfig(Shielded):
    """A real board with Deadstop's firmware, on a serial port here or elsewhere.

    Its own encoder, or its own count of steps, is the witness.
    """

    kind: Literal["serial"] = Field(description="What answers.")
    port: Annotated[str, AfterValidator(_port)] = Field(
        default="",
        description="Its serial port: a path, relative to the rig file, best one of "
        "those in /dev/serial/by-id, which stay the same; or socket://HOST:PORT or "
        "rfc2217://HOST:PORT for one at another machine.",
    )
    usb: UsbConfig | None = Field(
        default=None,
        description="In place of a port: the USB device that it is, which must be one "
        "only.",
    )
    baud: int = Field(
        default=DEFAULT_BAUD,
        ge=9600,
        le=1_000_000,
        description="Speed of the serial link.",
    )
    axes: Annotated[str, AfterValidator(shield_axes)] = Field(
        default="ab",
        description="The letters of its axes: the motor shield has ab, the cnc shield "
        "abc.",
    )
    build: Annotated[str, AfterValidator(_build)] = Field(
        default="",
        description="The build of the firmware that must be on it, such as "
        "fw-0123abcd; by default that of Deadstop's own sources.",
    )
    dtr: Literal["assert", "hold"] = Field(
        default="assert",
        description="assert: opening the port resets the board, as an Uno's does, so "
        "each case begins with one that has just booted. hold: DTR stays as it is, so "
        "nothing is reset; a case begins where the one before it ended, with its "
        "positions declared to be 0.",
    )
    boot_ms: Positive = Field(
        default=3000.0,
        description="How long it may take from its reset to its first word. An Uno's "
        "bootloader waits for some 1000 ms.",
    )
    counts_per_rev: int = Field(
        default=0,
        ge=0,
        description="How many counts of its encoders, or microsteps, are one "
        "revolution; by default 3200 of the motor shield, 12800 of the cnc shield.",
    )
    armed: bool = Field(
        default=False,
        description="Whether its motors may be moved without `--armed` on the command "
        "line. Say true only where nobody can be hurt.",
    )
    guardian_ms: Positive = Field(
        default=2000.0,
        ge=1000.0,
        description="For how long the harness may give no sign of life before the "
        "guardian, a process of its own, kills it and stops the board. It may be busy "
        "for half a second, or more on a busy machine: 1000 at least.",
    )
    power_off: tuple[str, ...] = Field(
        default=(),
        strict=False,
        description="A command that cuts the motors' power, such as a switched "
        "socket's. It is run when the guardian could not see the board stand.",
    )
    envelope: EnvelopeConfig = Field(
        default_factory=EnvelopeConfig,
        description="What the components may ask of it.",
    )
    control: Annotated[str, AfterValidator(beside_the_rig)] = Field(
        default="",
        description="Where the virtual Uno is linked that plays this board, relative "
        "to the rig file: it can then be reset on purpose.",
    )

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if bool(self.port) == (self.usb is not None):
            raise ValueError("a `port` or a `usb`, and not both")
        return self

    @property
    def proves(self) -> str:
        """What a verdict on this board is about: the shaft stopped, by its encoder."""
        return "shaft"

    @property
    def simulated(self) -> bool:
        """Whether no hardware can move."""
        return False

    @property
    def watched(self) -> bool:
        """Whether a witness sees what its shafts do: the board's own counts."""
        return True

    @property
    def resettable(self) -> bool:
        """Whether the harness can reset it in the midst of a motion."""
        return bool(self.control)

    @property
    def allowed(self) -> Envelope:
        """What its components may ask of it, as the board counts."""
        rpm = self.envelope.max_speed_rpm
        return Envelope(
            speed_cps=float("inf") if rpm is None else rpm * self.rev_counts / 60,
            travel_counts=self.envelope.max_travel_rev * self.rev_counts,
            duty=self.envelope.max_duty,
            motion_s=self.envelope.max_motion_s,
        )

    @property
    def rev_counts(self) -> int:
        """How many counts are one revolution."""
        return self.counts_per_rev or _COUNTS_PER_REV[self.shield]


# Of the motors and joints that the built-in rigs have: 64 counts of the motor's shaft
# and a gear of 50; 200 full steps of 16 microsteps and a gear of 4.
_COUNTS_PER_REV: Final = {"motor": 3200, "cnc": 12_800}
