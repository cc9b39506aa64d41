"""Makes the real board of a rig anew for each case, and keeps it for the whole run."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Self, TypeAlias

from arduino_actuators.wire import (
    BootCause,
    BootNotice,
    Identity,
)
from deadstop.boards.serial.board import SerialBoard
from deadstop.boards.serial.going_back import declare_zero, go_to
from deadstop.boards.serial.identity import own_build, prove_identity
from deadstop.boards.serial.lock import PortLock
from deadstop.boards.serial.opened import DTR_LOW_S, OpenPort, open_port
from deadstop.boards.serial.preflight import describe, prove_stops
from deadstop.boards.serial.talk import Talk
from deadstop.boards.serial.where import Found, find_port
from deadstop.boards.serial.witness import ReportWitness
from deadstop.errors import BoardAbsentError, UsageError
from deadstop.guardian import GuardedBoard, Guardian
from deadstop.rig import SerialBoardConfig
from deadstop.trace import Event
from deadstop.uno.control import Order, UnoControl

__all__ = ["SerialMaker", "require_auto_reset"]

_Observe: TypeAlias = Callable[[Event], None]

_ORDERS: Final = {
    BootCause.EXTERNAL: Order.RESET,
    BootCause.BROWNOUT: Order.BROWN_OUT,
}
_S_PER_MS: Final = 1e-3
# A server of remote ports may take a new connection while it still closes the old one:
# the port then stays open, and nothing is reset.
OPENINGS: Final = 2
# What its guardian gives it to say that it stands: a ramp down takes a second at most.
STANDS_WITHIN_S: Final = 2.0


def require_auto_reset(config: SerialBoardConfig) -> None:
    """Have a virtual Uno be reset by the opening of its port, if the rig wants that.

    Raises:
        DeadstopError: it does not answer.
    """
    if config.control and config.dtr == "assert":
        UnoControl(Path(config.control)).ask(Order.AUTO_RESET_ON)


class SerialMaker:
    """Holds the lock over a board from `prepare` to `close`.

    The port itself is closed between two cases: as it is opened, DTR resets the board.
    """

    def __init__(self, config: SerialBoardConfig, rig: str, name: str = "") -> None:
        """Make the board of *config*; nothing is opened yet.

        Args:
            config: of the board.
            rig: whose board it is, for people.
            name: of the board in that rig.
        """
        self._config = config
        self._rig = rig
        self._name = name
        self._guardian: Guardian | None = None
        self._found: Found | None = None
        self._lock: PortLock | None = None
        self._build = ""
        self._witness: ReportWitness | None = None  # of the last case

    def prepare(self, guardian: Guardian) -> None:
        """Find the board, lock it, and have it say who it is.

        Args:
            guardian: has the board under guard whenever it may move.

        Raises:
            UsageError: nobody has said that it may move.
            BoardAbsentError: it is not there, or another one is.
            RigBusyError: somebody else has it.
            LinkFaultError: its port fails.
        """
        config = self._config
        if self._lock is not None:
            return
        self._guardian = guardian
        if not config.armed:
            raise UsageError(
                f"rig {self._rig!r} moves a real motor: see that nobody can be hurt, "
                "then say --armed (or `armed = true` in its [board])"
            )
        found = find_port(config)
        lock = PortLock(found.identity, self._rig)
        try:
            self._build = config.build or own_build()
            require_auto_reset(config)
            self._found = found
            if config.dtr == "assert" and not found.is_remote:
                self._open().close()  # who had it last may have left DTR raised
            with self._begin() as begun:
                self._prove(begun.talk.say_hello())
            guardian.listen(lock.stop_path)
        except BaseException:
            lock.close()
            raise
        self._lock = lock

    def make(self, observe: _Observe) -> SerialBoard:
        """Open the port for a case; the one before it must be closed.

        Raises:
            BoardAbsentError: the board does not boot, or is another one by now.
            RigBusyError: somebody who knows nothing of the lock has it open.
            LinkFaultError: its port fails.
        """
        config = self._config
        begun = self._begin()
        try:
            if begun.boot is None:
                self._prove(begun.talk.say_hello())
                declare_zero(begun.talk, config.axes)
            witness = ReportWitness(
                config.axes, config.rev_counts, config.baud, observe
            )
            if begun.boot is not None:
                witness.booted(begun.t_s, begun.boot.cause.value)
        except BaseException:
            begun.port.close()
            raise
        self._witness = witness
        reset = self._reset if config.control else None
        try:
            self._guard(begun.port)
        except BaseException:
            begun.port.close()
            raise
        return SerialBoard(
            begun.port,
            self._where.name,
            config.axes,
            witness,
            reset=reset,
            unguard=self._unguard,
        )

    def prove_stops(self, axes: Sequence[str], ending: threading.Event) -> str:
        """See the board stop in each of its ways, at low speed; returns what was seen.

        Args:
            axes: those that will be moved.
            ending: set, it ends that: what moves is stopped.

        Raises:
            LinkFaultError: it did not as it should; it stands now.
            NotAtRestError: it does not stand.
        """
        with self._begin() as begun:
            self._guard(begun.port)
            self._prove(begun.talk.say_hello())
            proofs = prove_stops(begun.talk, axes, self._config.allowed, ending)
            self._unguard()
        return f"pre-flight of {self._where.name}: {describe(proofs)}"

    @property
    def is_away(self) -> bool:
        """Whether an arm is not where its last case began; a wheel may be anywhere."""
        witness = self._witness
        is_arm = self._config.shield == "cnc"
        return is_arm and witness is not None and any(witness.counts)

    def go_back(self, ending: threading.Event) -> None:
        """Take an arm back to where the last case began.

        Args:
            ending: set, it ends that: the arm is stopped.

        Raises:
            LinkFaultError: it does not get there.
        """
        witness, self._witness = self._witness, None
        ways_counts = () if witness is None else witness.counts
        with self._begin() as begun:
            self._guard(begun.port)
            self._prove(begun.talk.say_hello())
            if begun.boot is None:  # else it counts from 0 where it stands
                declare_zero(begun.talk, self._config.axes)
            targets_counts = [-way for way in ways_counts]
            go_to(begun.talk, self._config.axes, targets_counts, ending)
            self._unguard()

    def close(self) -> None:
        """Let go of the board; a second call does nothing."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def _where(self) -> Found:
        assert self._found is not None  # noqa: S101 - it is prepared
        return self._found

    def _guard(self, port: OpenPort) -> None:
        """Put the board under guard; it may move from then on."""
        assert self._guardian is not None  # noqa: S101 - it is prepared
        word = GuardedBoard(
            self._name,
            self._config.axes,
            STANDS_WITHIN_S,
            power_off=self._config.power_off,
        )
        self._guardian.guard(word, port.line_fd)

    def _unguard(self) -> None:
        assert self._guardian is not None  # noqa: S101 - it is prepared
        self._guardian.leave(self._name)

    def _open(self) -> OpenPort:
        config = self._config
        return open_port(self._where, config.baud, hold_dtr=config.dtr == "hold")

    def _begin(self) -> "_Begun":
        """Open the port, and wait until the board has booted, if that resets it.

        Raises:
            BoardAbsentError: it does not boot, or with another build.
        """
        if self._config.dtr == "hold":
            port = self._open()
            return _Begun(port, Talk(port.fd, self._where.name), None)
        within_s = self._config.boot_ms * _S_PER_MS
        told = ""
        for _ in range(OPENINGS):
            time.sleep(DTR_LOW_S)
            port = self._open()
            try:
                talk = Talk(port.fd, self._where.name)
                boot = talk.wait_boot(within_s)
                if boot is None and port.pulse_dtr():
                    boot = talk.wait_boot(within_s)
                if boot is not None:
                    if boot.build != self._build:
                        self._prove(talk.say_hello())  # which says what is wrong
                    return _Begun(port, talk, boot)
            except BaseException:
                port.close()
                raise
            port.close()
            told = talk.told
        raise BoardAbsentError(
            f"the board at {self._where.name} did not say that it booted within "
            f"{within_s:g} s after its port was opened{told}; is Deadstop's "
            'firmware on it? if opening does not reset it, say dtr = "hold"'
        )

    def _prove(self, told: Identity) -> None:
        prove_identity(told, self._config, self._build, self._where.name)

    def _reset(self, cause: BootCause) -> None:
        UnoControl(Path(self._config.control)).ask(_ORDERS[cause])


class _Begun:
    """An open port with a board that may have booted just now."""

    def __init__(self, port: OpenPort, talk: Talk, boot: BootNotice | None) -> None:
        self.port = port
        self.talk = talk
        self.boot = boot
        self.t_s = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.port.close()
