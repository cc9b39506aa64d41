"""The real firmware on a simulated ATmega328P, with a shield and its motors.

Everything is computed to the CPU cycle, and none of it depends on how the caller
cuts time into steps: the same bytes at the same cycles give the same events.
"""

import math
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

from arduino_actuators.wire import DEFAULT_BAUD, BootCause
from deadstop.boards import BoardClosedError, BoardCrashedError
from deadstop.boards.avr.elf import read_elf
from deadstop.boards.avr.news import News, ignore
from deadstop.boards.avr.pins import Change, Drive, ShieldName, axes_of, known_axis
from deadstop.boards.avr.talk import TalkWitness
from deadstop.boards.loopback.witness import Observe
from deadstop.errors import ToolchainError
from deadstop.plant import POLOLU_37D_50, MotorParameters
from deadstop.trace import Scalar, Source

if TYPE_CHECKING:
    from deadstop.boards.avr.shield import Shield
    from deadstop.boards.avr.simulation import Chip, Uart

__all__ = ["AvrCore"]

# A wake-up is at least this far off, so that who steps from one to the next gets on.
_LEAST_WAKE_CYCLES: Final = 16
# A double holds a week of CLOCK_MONOTONIC to 0.1 ns, a five hundredth of a cycle.
_ROUNDING_CYCLES: Final = 0.05


class AvrCore:
    """A `deadstop.boards.clocked.ClockedBoard` that runs an ELF file.

    It halts between two instructions, so the present may be up to some 10 cycles
    (0.6 us) past the instant that `advance` was asked for. Events are handed out when
    it halts, in the order in which they became known; each has its own stamp, and
    `cycle`, counted from power-up.
    """

    def __init__(
        self,
        elf: Path,
        *,
        t_s: float = 0.0,
        observe: Observe = ignore,
        baud: int = DEFAULT_BAUD,
        shield: ShieldName = "motor",
        motor: MotorParameters = POLOLU_37D_50,
    ) -> None:
        """Program the chip and put power on at *t_s*; no instruction is executed yet.

        Args:
            elf: the linked firmware.
            t_s: the present.
            observe: called with each event for the trace.
            baud: bits/s of the host's end of the line, nominally.
            shield: what is plugged on; ``cnc`` steps the three joints of an arm.
            motor: what both shafts of the motor shield are.

        Raises:
            ValueError: there is no such shield.
            ToolchainError: yasimavr is missing, or *elf* is no firmware for this chip.
        """
        axes = axes_of(shield)
        self.elf = elf
        self._asked_s = t_s
        self._news = News(t_s, observe)
        self._to_host = bytearray()
        self._heard_from = False
        self._crashed: BoardCrashedError | None = None
        self._chip: Chip | None = None
        parts = _simulation()
        self._image = read_elf(elf)
        chip = self._chip = parts.Chip(self._image)
        self._talk = TalkWitness(axes, self._note)
        self._uart: Uart = parts.Uart(
            chip, baud, received=self._received, sent=self._sent
        )
        self._runs = {
            line: parts.Runs(chip, self._run_of(line)) for line in ("rx", "tx")
        }
        self._shield: Shield = (
            parts.MotorShield(chip, self._news, motor)
            if shield == "motor"
            else parts.CncShield(chip, self._news)
        )
        chip.watch_resets(self._was_reset)
        self._note(0, "boot", {"cause": BootCause.POWER.value})
        self._news.hand_out()

    # ClockedBoard.

    @property
    def axes(self) -> str:
        """The letters of its axes: those of the shield."""
        return self._shield.axes

    @property
    def now_s(self) -> float:
        """The instant up to which time has passed."""
        return self._news.to_s(self.now_cycle)

    @property
    def next_wake_s(self) -> float:
        """When a byte can be across to the host at the earliest; infinity if never."""
        chip = self._powered
        now_cycle = chip.cycle
        cycle = self._uart.sending_until_cycle
        if not cycle:
            # It could begin to send now, or asleep, as soon as something wakes it.
            cycle = now_cycle
            if chip.sleeping:
                event_cycle = chip.next_event_cycle
                if event_cycle < 0:
                    return math.inf
                cycle = max(cycle, event_cycle)
            cycle += self._uart.byte_cycles
        return self._news.to_s(max(cycle, now_cycle + _LEAST_WAKE_CYCLES))

    @property
    def queued_bytes(self) -> int:
        """How many of the bytes put have not yet crossed the line."""
        return self._uart.queued_bytes

    def put(self, data: bytes) -> None:
        """Offer bytes to the line, at the present cycle.

        If the line is idle, the stop bit of the first one ends 10 bit times later,
        of the chip's own rate; the others follow back to back.
        """
        self._powered  # noqa: B018 - raises
        self._uart.put(data)

    def take(self) -> bytes:
        """Take what has crossed to the host by now; empty if nothing has."""
        data = bytes(self._to_host)
        self._to_host.clear()
        return data

    def advance(self, t_s: float) -> None:
        """Let time pass up to *t_s*, rounded up to a cycle.

        Raises:
            ValueError: *t_s* is in the past.
            BoardCrashedError: the program did what a CPU cannot go on from.
            ToolchainError: it did so before it had said a word: it does not boot.
        """
        if t_s < self._asked_s:
            raise ValueError(f"time went back from {self._asked_s} s to {t_s} s")
        self._asked_s = t_s
        self.run_until(math.ceil(self._news.to_cycles(t_s) - _ROUNDING_CYCLES))

    def at_rest(self) -> bool:
        """Whether every drive is off and every true shaft still.

        Raises:
            BoardCrashedError: nobody knows any more.
        """
        return self._shield.is_at_rest(self._powered.cycle)

    def shaft_position_rev(self, axis: str) -> float:
        """True angle of a shaft since power-up, in revolutions.

        Raises:
            KeyError: naming the axes there are.
        """
        return self._shield.position_rev(self._known(axis), self._powered.cycle)

    def reset(self, cause: BootCause) -> None:
        """Reset the chip now, with the bit of *cause* in MCUSR.

        `software`, which this chip has no bit for, leaves MCUSR empty. What it was
        sending is cut. `power` also fills its RAM with nonsense.
        """
        self._powered.reset(cause)
        self._news.hand_out()

    def unplug(self) -> None:
        """Lose what is still crossing the line, in both directions."""
        self._powered  # noqa: B018 - raises
        self._uart.cut()
        self._to_host.clear()

    def mute(self, *, silent: bool) -> None:
        """Let nothing it sends arrive while *silent*; it goes on to listen."""
        self._talk.mute = silent

    def jam_shaft(self, axis: str, *, jammed: bool) -> None:
        """Hold the shaft of *axis* fast, or let it go."""
        self._shield.jam_shaft(self._known(axis), self._powered.cycle, jammed=jammed)

    def break_encoder(self, axis: str) -> None:
        """Let the encoder of *axis* repeat its present count for ever.

        Raises:
            BoardError: the shield's axes have none.
        """
        self._shield.break_encoder(self._known(axis), self._powered.cycle)

    def close(self) -> None:
        """Power off and free the simulation; a second call does nothing."""
        if self._chip is not None:
            for run in self._runs.values():
                run.flush()
            self._shield.flush()
            self._chip.close()
            self._chip = None
            self._news.hand_out()

    # To the cycle.

    @property
    def now_cycle(self) -> int:
        """The present, in CPU cycles since power-up."""
        return self._powered.cycle

    @property
    def overruns(self) -> int:
        """How many bytes the chip lost because it fetched none in time."""
        return self._uart.overruns

    @property
    def sleeping(self) -> bool:
        """Whether the CPU sleeps, or spins in an instruction that jumps to itself."""
        return self._powered.sleeping

    @property
    def interrupts_enabled(self) -> bool:
        """The I flag of SREG: off in an interrupt that has not let others in."""
        return self._powered.interrupts_enabled

    @property
    def program_counter(self) -> int:
        """Byte address of the next instruction."""
        return self._powered.program_counter

    @property
    def stack_pointer(self) -> int:
        """Address of the next free byte of the stack."""
        return self._powered.stack_pointer

    @property
    def function(self) -> str:
        """The function it is in, as the linker calls it; interrupts: ``__vector_N``."""
        return self._image.function_at(self.program_counter)

    @property
    def byte_cycles(self) -> int:
        """How long a byte takes on the line, as the chip is set up now."""
        return self._uart.byte_cycles

    def put_at(self, data: bytes, cycle: int) -> None:
        """Offer bytes to the line, which is idle, at a cycle to come.

        Amid an instruction the first bit may begin up to 3 cycles later.
        """
        self._powered  # noqa: B018 - raises
        self._uart.put_at(data, cycle)

    def run_until(self, cycle: int) -> None:
        """Let time pass to the first boundary of instructions at or after *cycle*.

        Raises:
            BoardCrashedError: the program did what a CPU cannot go on from.
            ToolchainError: it did so before it had said a word: it does not boot.
        """
        chip = self._powered
        try:
            chip.run_until(cycle)
        except BoardCrashedError as error:
            self._crashed = error
            self._news.hand_out()
            if self._heard_from:
                raise
            raise ToolchainError(
                f"{error}; it had not said a word: it does not boot"
            ) from error
        self._news.hand_out()

    def drive(self, axis: str) -> Drive:
        """What is done to the motor of *axis* now.

        Raises:
            KeyError: naming the axes there are.
        """
        return self._shield.drive(self._known(axis))

    def encoder_counts(self, axis: str) -> int:
        """What the lines of the encoder have counted since power-up.

        Raises:
            KeyError: naming the axes there are.
            BoardError: the shield's axes have no encoders.
        """
        return self._shield.encoder_counts(self._known(axis))

    def steps(self, axis: str) -> int:
        """What the edges of the step pin add up to since power-up, in microsteps.

        Raises:
            KeyError: naming the axes there are.
            BoardError: the shield's axes are not stepped.
        """
        return self._shield.joint(self._known(axis)).steps

    def edges(self, axis: str) -> int:
        """How many rising edges it has had since power-up; refused as `steps` is."""
        return self._shield.joint(self._known(axis)).edges

    def last_edge_cycle(self, axis: str) -> int:
        """When the last of them was, 0 if none was; refused as `steps` is."""
        return self._shield.joint(self._known(axis)).last_edge_cycle

    def variable(self, name: str) -> bytes:
        """Read a variable of the program, lowest byte first.

        Args:
            name: as the linker calls it, or what only its name contains.

        Raises:
            KeyError: there is none, or more than one.
        """
        symbol = self._image.variable(name)
        return self._powered.ram(symbol.address, symbol.size_bytes)

    def register(self, address: int) -> int:
        """Read an I/O register by its I/O address (0x20 below its data address)."""
        return self._powered.register(address)

    def ram(self, address: int, size_bytes: int) -> bytes:
        """Read RAM, by addresses of the data space.

        Raises:
            ValueError: there is no RAM, or more than RAM.
        """
        return self._powered.ram(address, size_bytes)

    def watch(self, callback: Callable[[Change], None]) -> None:
        """Call *callback* with each change at the shield's pins, un-thinned."""
        self._news.watch(callback)

    # The inside.

    @property
    def _powered(self) -> "Chip":
        if self._chip is None:
            raise BoardClosedError(f"AVR board {self.elf} is closed")
        if self._crashed is not None:
            raise self._crashed
        return self._chip

    def _known(self, axis: str) -> str:
        return known_axis(axis, self.axes)

    def _note(self, cycle: int, kind: str, data: dict[str, Scalar]) -> None:
        self._news.tell(cycle, Source.BOARD, kind, **data)

    def _received(self, byte: int, begin_cycle: int, end_cycle: int) -> None:
        self._runs["rx"].add(byte, begin_cycle, end_cycle)
        self._talk.to_board(byte, end_cycle)

    def _sent(self, byte: int, begin_cycle: int, end_cycle: int) -> None:
        self._heard_from = True
        self._runs["tx"].add(byte, begin_cycle, end_cycle)
        self._talk.to_host(byte, end_cycle)
        if not self._talk.mute:
            self._to_host.append(byte)

    def _run_of(self, line: str) -> Callable[[int, bytes], None]:
        def report(cycle: int, data: bytes) -> None:
            self._news.tell(cycle, Source.PINS, "uart", line=line, hex=data.hex())

        return report

    def _was_reset(self, cause: BootCause) -> None:
        cycle = self._powered.cycle
        self._shield.reset()
        self._talk.reset(cycle)
        self._note(cycle, "boot", {"cause": cause.value})


def _simulation() -> ModuleType:
    """Import what needs yasimavr.

    Raises:
        ToolchainError: it is not there, or does not load.
    """
    try:
        return import_module("deadstop.boards.avr.simulation")
    except ImportError as error:
        raise ToolchainError(
            f"the AVR board needs yasimavr, which does not import ({error}): "
            "`pip install 'deadstop[sim]'`; that builds it, with g++ and libelf-dev"
        ) from error
