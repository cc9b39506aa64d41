"""The twin with its line: a `ClockedBoard`, deterministic on explicit time."""

from typing import Final

from arduino_actuators.wire import DEFAULT_BAUD, BootCause
from deadstop.boards import BoardError
from deadstop.boards.loopback.config import CNC_RANGES, BoardConfig, Shield
from deadstop.boards.loopback.core import BoardCore
from deadstop.boards.loopback.wires import Wire
from deadstop.boards.loopback.witness import Observe
from deadstop.plant import Motor, Stepper

__all__ = ["ClockedLoopback", "make_plant"]

# Lines beyond this are lost, as the firmware's transmit buffer would lose them; the
# host sees the gap in the event numbers.
_SENDING_BYTES: Final = 4096


def make_plant(config: BoardConfig) -> dict[str, Motor] | dict[str, Stepper]:
    """Make the shafts, at rest, that *config* describes."""
    if config.shield is Shield.CNC:
        return {
            axis: Stepper(config.joint, least_steps=CNC_RANGES[axis].start)
            for axis in config.axes
        }
    return {axis: Motor(config.motor) for axis in config.axes}


class ClockedLoopback:
    """A `BoardCore`, its motors and both directions of its line.

    Bytes cross the line at the baud rate, and the core hears them at the instants so
    computed, however far apart the calls of `advance` are.
    """

    def __init__(
        self,
        config: BoardConfig | None = None,
        *,
        t_s: float,
        observe: Observe,
        baud: int = DEFAULT_BAUD,
    ) -> None:
        """Power up at *t_s*.

        Args:
            config: what the board is; None for one with the axes ``ab``.
            t_s: the present.
            observe: called with each event for the trace.
            baud: bits/s of the line.
        """
        config = config or BoardConfig()
        self._axes = config.axes
        self._plant: dict[str, Motor] | dict[str, Stepper] = make_plant(config)
        self._from_host = Wire(baud)
        self._to_host = Wire(baud)
        self._arrived = bytearray()  # at the host's end, not yet taken
        self._now_s = t_s
        self._core = BoardCore(
            config, self._plant, t_s=t_s, send=self._send, observe=observe
        )

    @property
    def axes(self) -> str:
        """The letters of its axes."""
        return self._axes

    @property
    def now_s(self) -> float:
        """The instant up to which time has passed."""
        return self._now_s

    @property
    def next_wake_s(self) -> float:
        """When a byte is across or the core has something to do; infinity if never."""
        return min(self._core.next_wake_s, self._from_host.next_s, self._to_host.next_s)

    @property
    def queued_bytes(self) -> int:
        """How many of the bytes put have not yet crossed the line."""
        return len(self._from_host)

    def put(self, data: bytes) -> None:
        """Offer bytes to the line, now."""
        self._from_host.put(self._now_s, data)

    def take(self) -> bytes:
        """Take what has crossed to the host by now."""
        if self._to_host.next_s <= self._now_s:
            self._arrive()
        if not self._arrived:
            return b""
        data = bytes(self._arrived)
        self._arrived.clear()
        return data

    def advance(self, t_s: float) -> None:
        """Let time pass up to *t_s*.

        Raises:
            ValueError: *t_s* is in the past.
        """
        while self._from_host.next_s <= t_s:
            across_s, byte = self._from_host.take()
            self._core.receive(byte, across_s)
        self._core.advance(t_s)
        self._now_s = t_s

    def at_rest(self) -> bool:
        """Whether every drive is off and every true shaft still."""
        return self._core.at_rest

    def shaft_position_rev(self, axis: str) -> float:
        """True angle of a shaft since power-up, in revolutions.

        Raises:
            KeyError: naming the axes there are.
        """
        self._shaft(axis)
        return self._core.position_rev(axis)

    def reset(self, cause: BootCause) -> None:
        """Reset the board; a line half sent stays half sent."""
        self._arrive()
        self._to_host.cut()
        self._core.reset(cause, self._now_s)

    def unplug(self) -> None:
        """Lose what is still crossing the line."""
        self._from_host.cut()
        self._to_host.cut()
        self._arrived.clear()

    def mute(self, *, silent: bool) -> None:
        """Let it send nothing while *silent*."""
        self._core.mute = silent

    def jam_shaft(self, axis: str, *, jammed: bool) -> None:
        """Hold the shaft of *axis* fast, or let it go."""
        self._core.catch_up()
        self._shaft(axis).jammed = jammed

    def break_encoder(self, axis: str) -> None:
        """Let the encoder of *axis* repeat its present count for ever.

        Raises:
            BoardError: there is none.
        """
        motor = self.encoder_of(axis)
        self._core.catch_up()
        motor.break_encoder()

    def encoder_of(self, axis: str) -> Motor:
        """Return the motor that has the encoder of *axis*.

        Raises:
            KeyError: naming the axes there are.
            BoardError: it has no encoder.
        """
        shaft = self._shaft(axis)
        if isinstance(shaft, Stepper):
            raise BoardError(
                f"axis {axis!r} of the cnc shield has no encoder to break: its steps "
                "are counted; to have some lost, jam the shaft"
            )
        return shaft

    def close(self) -> None:
        """Hold nothing; there is nothing to give back."""

    def _shaft(self, axis: str) -> Motor | Stepper:
        try:
            return self._plant[axis]
        except KeyError:
            raise KeyError(f"no axis {axis!r}; this board has {self.axes!r}") from None

    def _arrive(self) -> None:
        while self._to_host.next_s <= self._now_s:
            self._arrived += self._to_host.take()[1]

    def _send(self, t_s: float, data: bytes) -> None:
        if len(self._to_host) + len(data) <= _SENDING_BYTES:
            self._to_host.put(t_s, data)
