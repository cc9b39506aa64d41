"""An ATmega328P at 16 MHz, run by yasimavr.

This module and `glue` are the only ones that import it.

Time is CPU cycles since power-up. The model executes an instruction as a whole at its
first cycle, so what it changes is stamped with that cycle, and silicon's pin follows
one or two cycles later (`sbi`, `st`). Entering an interrupt takes the model no time
of its own; silicon takes 4 cycles, and 4 more out of sleep. Add those to a latency
measured here before it is promised of silicon.
"""

from collections.abc import Callable
from typing import Any, Final

from yasimavr.device_library import load_device
from yasimavr.lib import core as lib

from arduino_actuators.wire import BootCause
from deadstop.boards import BoardCrashedError
from deadstop.boards.avr.elf import Image
from deadstop.boards.avr.glue import (
    Silence,
    Timer,
    UartSignal,
    Watch,
    firmware,
    interrupt_request,
    io_address,
)
from deadstop.errors import ToolchainError

__all__ = ["Chip"]

_MODEL: Final = "atmega328p"
_PIN_REGISTERS: Final = (0x03, 0x06, 0x09)  # PINB, PINC, PIND; PORTx is two further
# The slowest instruction takes 4 cycles; twice that leaves no timer in its way.
_QUIET_CYCLES: Final = 8
_RAM_START, _RAM_BYTES = 0x100, 2048  # data sheet, section 8.3
# A power-up leaves nonsense in RAM; this finds whoever counts on zeros.
_RAM_AT_POWER_UP: Final = bytes((0xA5,)) * _RAM_BYTES

_State: Final = lib.Device.State
_HIGH: Final = lib.Wire.state_t(lib.Wire.StateEnum.High)
_LOW: Final = lib.Wire.state_t(lib.Wire.StateEnum.Low)
_FLOATING: Final = lib.Wire.state_t(lib.Wire.StateEnum.Floating)
_PULLED_UP: Final = lib.Wire.state_t(lib.Wire.StateEnum.PullUp)
_STATE_CHANGE: Final = int(lib.Wire.SignalId.StateChange)
_RESETS: Final = {
    BootCause.POWER: lib.Device.ResetFlag.PowerOn,
    BootCause.BROWNOUT: lib.Device.ResetFlag.BOD,
    BootCause.WATCHDOG: lib.Device.ResetFlag.WDT,
    BootCause.EXTERNAL: lib.Device.ResetFlag.Ext,
    BootCause.SOFTWARE: lib.Device.ResetFlag.SW,
}


class Chip:
    """One chip with its program; reset, but nothing executed yet.

    Callbacks run in the middle of the simulation: they may set pins and timers, but
    not run or reset the chip. An exception from one ends the next `run_until`.
    """

    def __init__(self, image: Image) -> None:
        """Program it and put power on.

        Raises:
            ToolchainError: yasimavr does not take the program.
        """
        self._image = image
        self._error: BaseException | None = None
        self._closed = False
        self._hooks: list[tuple[Any, Any]] = []
        self._timers: list[Timer] = []
        self._pins: dict[str, Any] = {}
        self._silence = Silence()
        self._on_reset: Callable[[BootCause], None] = lambda _cause: None
        self._on_write: dict[int, Callable[[int, int], None]] = {}
        self._on_read: dict[int, Callable[[int], None]] = {}
        self._watch = Watch(
            self._guard(self._was_reset),
            self._guard(self._read),
            self._guard(self._written),
        )
        self._device = load_device(_MODEL)
        self._device.log_handler().set_writer(self._silence)
        option = lib.Device.Option
        # Silicon neither ends a program that sleeps for ever (its watchdog might
        # wake it) nor minds a register that this model does not know.
        self._device.set_option(option.InfiniteLoopDetect, False)
        self._device.set_option(option.IgnoreBadCpuIO, True)
        self._device.attach_peripheral(self._watch)
        self._loop = lib.SimLoop(self._device)
        self._loop.set_fast_mode(True)
        self._manager = self._device.cycle_manager()
        self._device.load_firmware(firmware(image))
        if self._device.state() != _State.Running:
            raise ToolchainError(
                f"{image.path}: yasimavr does not load this firmware; "
                "build one with `make -C firmware`"
            )
        # Attached only while the chip is halted: the CPU would tell it of every access.
        self._probe = lib.DeviceDebugProbe(self._device)
        self._probe.write_data(_RAM_START, _RAM_AT_POWER_UP)
        self._halted = True
        self._resume_to = _State.Running
        self._stopper = self.timer(self._stop_here)
        for port in _PIN_REGISTERS:
            self.watch_register(port, self._toggled(port))

    # What goes on in it.

    @property
    def cycle(self) -> int:
        """The present."""
        cycle: int = self._manager.cycle()
        return cycle

    @property
    def next_event_cycle(self) -> int:
        """When something other than the CPU acts next; -1 if nothing is to."""
        cycle: int = self._manager.next_when()
        return cycle

    @property
    def sleeping(self) -> bool:
        """Whether the CPU sleeps, or spins in an instruction that jumps to itself."""
        state = self._resume_to if self._halted else self._device.state()
        return bool(state == _State.Sleeping)

    @property
    def program_counter(self) -> int:
        """Byte address of the next instruction."""
        address: int = self._probe.read_pc()
        return address

    @property
    def stack_pointer(self) -> int:
        """Address of the next free byte of the stack."""
        address: int = self._probe.read_sp()
        return address

    @property
    def interrupts_enabled(self) -> bool:
        """The I flag of SREG."""
        return bool(self._probe.read_sreg() & 0x80)

    def ram(self, address: int, size_bytes: int) -> bytes:
        """Read RAM, by addresses of the data space.

        Raises:
            ValueError: there is no RAM, or more than RAM.
        """
        if not _RAM_START <= address <= address + size_bytes <= _RAM_START + _RAM_BYTES:
            raise ValueError(
                f"no RAM from 0x{address:04x} on for {size_bytes} bytes: it has "
                f"{_RAM_BYTES} from 0x{_RAM_START:04x} on"
            )
        return bytes(self._probe.read_data(address, size_bytes))

    def register(self, address: int) -> int:
        """Read what is stored at an I/O address, without effect; also in a callback."""
        value: int = self._watch.read_ioreg(io_address(address))
        return value

    def set_register(self, address: int, value: int) -> None:
        """Store at an I/O address, without effect; also in a callback."""
        self._watch.write_ioreg(io_address(address), value)

    # What the world does to it.

    def run_until(self, cycle: int) -> None:
        """Run to the first boundary of instructions at or after *cycle*.

        Where it halts has no influence on what comes later.

        Raises:
            BoardCrashedError: the program did what a CPU cannot go on from.
            BaseException: whatever a callback raised.
        """
        if cycle <= self.cycle and self._halted:
            return
        self._stopper.at(max(cycle, self.cycle))
        self._probe.set_device_state(self._resume_to)
        self._probe.detach()
        self._halted = False
        self._loop.run(0)
        self._probe.attach(self._device)
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        if not self._halted:
            raise BoardCrashedError(
                f"{self._image.path}: the firmware crashed at cycle {self.cycle} "
                f"(address 0x{self.program_counter:04x}, "
                f"{self._image.function_at(self.program_counter) or 'no function'}, "
                f"stack pointer 0x{self.stack_pointer:04x}): an illegal instruction, "
                "an address or stack out of range, or a pin driven against another"
            )

    def reset(self, cause: BootCause) -> None:
        """Reset it now, with the bits of *cause* in MCUSR."""
        if cause is BootCause.POWER:
            self._probe.write_data(_RAM_START, _RAM_AT_POWER_UP)
        self._probe.set_device_state(self._resume_to)
        self._device.ctlreq(lib.IOCTL_CORE, lib.CTLREQ_CORE_WAKEUP)
        self._device.reset(int(_RESETS[cause]))
        self._resume_to = _State.Running
        if self._error is not None:
            raise self._error

    def set_pin(self, name: str, level: int | None) -> None:
        """Drive a pin from outside; None leaves it to the chip."""
        state = _FLOATING if level is None else _HIGH if level else _LOW
        self._pin(name).set_external_state(state)

    def pull_pin_up(self, name: str) -> None:
        """Let a pin be high from now on while the chip does not drive it."""
        self._pin(name).set_external_state(_PULLED_UP)

    def set_interrupt(self, vector: int, *, raised: bool) -> None:
        """Ask the CPU to serve a vector, or no longer."""
        self._device.ctlreq(
            lib.IOCTL_INTR,
            lib.CTLREQ_INTR_RAISE,
            interrupt_request(vector, raised=raised),
        )

    # What it tells.

    def timer(self, callback: Callable[[int], int]) -> Timer:
        """Make a timer of this chip's clock."""
        timer = Timer(self._manager, self._guard(callback, 0))
        self._timers.append(timer)
        return timer

    def watch_pin(self, name: str, callback: Callable[[int, bool], None]) -> None:
        """Call *callback* when a pin changes, with its level and if it is driven.

        A pin that is pulled up is high, one that floats is low.
        """

        def changed(signal: Any, _tag: int) -> None:  # noqa: ANN401 - untyped
            if signal.sigid == _STATE_CHANGE:  # two more come of each change
                state = signal.data.as_int()  # bits of Wire.StateEnum
                callback(state >> 1 & 1, bool(state & 4))

        self._connect(self._pin(name).signal(), changed)

    def watch_register(
        self,
        address: int,
        callback: Callable[[int, int], None],
        *,
        on_read: Callable[[int], None] | None = None,
    ) -> None:
        """Call *callback* after each write by the program: new value, old value.

        The address is in I/O space; there is one watcher for each. *on_read* is called
        with what each read by the program gives.
        """
        self._on_write[address] = callback
        if on_read is not None:
            self._on_read[address] = on_read
        self._device.add_ioreg_handler(
            io_address(address),
            self._watch,
            lib.bitmask_t(0xFF),
            lib.IORegister.BitMode.RW,
        )

    def watch_uart(self, callback: Callable[[int, int], None]) -> None:
        """Call *callback* with each `UartSignal`, and its data."""
        _, answer = self._device.ctlreq(lib.IOCTL_UART("0"), lib.CTLREQ_GET_SIGNAL)
        heard = frozenset(map(int, UartSignal))

        def raised(signal: Any, _tag: int) -> None:  # noqa: ANN401 - untyped
            kind = signal.sigid
            if kind not in heard:
                return
            # as_int() aborts the process where a signal carries nothing, as this does.
            carries = kind != UartSignal.RX_OVERFLOW
            callback(kind, signal.data.as_int() if carries else 0)

        self._connect(answer.data.value(lib.Signal), raised)

    def watch_resets(self, callback: Callable[[BootCause], None]) -> None:
        """Call *callback* at each reset from now on, the chip's own ones included."""
        self._on_reset = callback

    def close(self) -> None:
        """Power off and free the simulation; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        for timer in self._timers:
            timer.close()
        for signal, hook in self._hooks:
            signal.disconnect(hook)
        self._probe.detach()
        # Callbacks hold what holds this chip: without cutting that, only the
        # collector of cycles would free it, in an order that C++ may not survive.
        self._timers.clear()
        self._hooks.clear()
        self._on_write.clear()
        self._on_read.clear()
        self._pins.clear()
        del self._on_reset, self._stopper, self._probe
        del self._manager, self._loop, self._device, self._watch, self._silence

    # The inside.

    def _pin(self, name: str) -> Any:  # noqa: ANN401 - untyped
        if name not in self._pins:
            self._pins[name] = self._device.find_pin(lib.sim_id_t(name))
        return self._pins[name]

    def _connect(self, signal: Any, callback: Callable[[Any, int], None]) -> None:  # noqa: ANN401
        hook = lib.CallableSignalHook(self._guard(callback))
        signal.connect(hook)
        self._hooks.append((signal, hook))

    def _guard(
        self, callback: Callable[..., Any], failed: int | None = None
    ) -> Callable[..., Any]:
        """Keep exceptions from passing through C++, which would print and lose them."""

        def guarded(*arguments: Any) -> Any:  # noqa: ANN401 - passes on
            try:
                return callback(*arguments)
            except BaseException as error:  # noqa: BLE001 - raised by run_until
                if self._error is None:
                    self._error = error
                return failed

        return guarded

    def _stop_here(self, _when: int) -> int:
        """Halt at a boundary of instructions with nothing due just there.

        yasimavr's own way to stop forgets the cycles of the last instruction. So: the
        CPU is halted first, the loop then counts these cycles, and stops at the next
        turn, in which nothing is executed. Were a timer due at that turn, the CPU
        would see it one instruction earlier than if nobody had stopped here.
        """
        now = self.cycle
        state = self._device.state()
        if state == _State.Halted:
            self._halt(_State.Running)
            return 0
        event = self.next_event_cycle
        if 0 <= event <= now + _QUIET_CYCLES:
            return now + 1
        if state == _State.Running:
            self._probe.attach(self._device)
            self._probe.set_device_state(_State.Halted)
        elif state == _State.Sleeping:
            self._halt(state)
            return 0
        return now + 1

    def _halt(self, resume_to: Any) -> None:  # noqa: ANN401 - untyped
        self._resume_to = resume_to
        self._halted = True
        self._probe.attach(self._device)
        self._probe.set_device_state(_State.Break)

    def _toggled(self, pin_register: int) -> Callable[[int, int], None]:
        """Right what a write to PINx leaves wrong in yasimavr 0.1.6.

        It takes the mask for the new state, so the next edge may be lost.
        """

        def toggled(_value: int, _old: int) -> None:
            port = io_address(pin_register + 2)
            self._probe.attach(self._device)
            self._probe.write_ioreg(port, self._watch.read_ioreg(port))
            self._probe.detach()

        return toggled

    def _was_reset(self, flags: int) -> None:
        self._on_reset(
            next(
                (cause for cause, flag in _RESETS.items() if flags & flag),
                BootCause.SOFTWARE,
            )
        )

    def _read(self, register: int, value: int) -> None:
        if register in self._on_read:
            self._on_read[register](value)

    def _written(self, register: int, value: int, old: int) -> None:
        self._on_write[register](value, old)
