"""Serves a virtual Uno until it is told to end: its port, its link, its control."""

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from arduino_actuators.wire import BootCause
from deadstop.boards import Board, BoardError
from deadstop.errors import UsageError
from deadstop.interruption import ENDING_SIGNALS
from deadstop.uno.control import REQUEST_BYTES, Order, order_of
from deadstop.uno.openings import Openings
from deadstop.uno.pins import PinRecord
from deadstop.uno.place import Place
from deadstop.uno.state import UnoState

__all__ = ["PluggedBoard", "VirtualUno"]

# For how long the bootloader has the line to itself once DTR has reset the board. That
# of an Uno (optiboot) takes about a second. What counts most of the time is that a
# host's first bytes are lost, and that the boot notice does not come at once.
BOOTLOADERS_S: Final = {
    Order.AUTO_RESET_ON: 0.05,
    Order.AUTO_RESET_SLOW: 1.0,
    Order.AUTO_RESET_OFF: None,
}


class PluggedBoard(Board, Protocol):
    """What a virtual Uno needs of the board it serves."""

    @property
    def pid(self) -> int:
        """The process of the simulation."""

    def reset(self, cause: BootCause) -> None:
        """Reset the board now."""

    def mute(self, *, silent: bool) -> None:
        """Let nothing it sends arrive while *silent*."""

    def unplug(self) -> None:
        """Hang up the port; the board goes on by itself."""

    def replug(self) -> str:
        """Open a new port, and return its path."""


class VirtualUno:
    """One simulated board at one place; `serve` until it is told to end."""

    def __init__(
        self,
        make: Callable[[PinRecord], PluggedBoard],
        axes: str,
        link: Path,
        pins_file: Path | None = None,
    ) -> None:
        """Take the place, and power up.

        Args:
            make: makes the board; it tells the record of every event.
            axes: the letters of its axes.
            link: where its port is to be found.
            pins_file: gets all that its pins do; None for no file.

        Raises:
            RigBusyError: another one is at that place.
            UsageError: the place or the file cannot be had.
            ToolchainError: the board cannot be made.
        """
        self._bootloader_s: float | None = None  # None: DTR resets nothing
        self._booting: asyncio.TimerHandle | None = None
        self._openings: Openings | None = None
        self._ended: asyncio.Future[None]
        self._talks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._closers = contextlib.ExitStack()
        with contextlib.ExitStack() as closers:
            self.place = Place(link)
            closers.callback(self.place.close)
            try:
                self._record: Final = PinRecord(axes, pins_file)
            except OSError as error:
                raise UsageError(
                    f"cannot write {pins_file}: {error.strerror}; --pins wants the "
                    "path of a file"
                ) from error
            closers.callback(self._record.close)
            self._board: Final = make(self._record)
            closers.callback(self._board.close)
            self._closers = closers.pop_all()

    def close(self) -> None:
        """Power off, and remove what was made; a second call does nothing."""
        with self._closers:
            self._watch_no_longer()
            self.place.take_link_away()

    async def serve(self, ready: Callable[[str], object]) -> None:
        """Serve until a signal, or `quit`, ends it.

        Args:
            ready: called with the path of the port, when all is there.

        Raises:
            BoardError: the simulation failed.
        """
        loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        for number in ENDING_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self._end)
        life = os.pidfd_open(self._board.pid)
        loop.add_reader(life, self._see_crash)
        server = await asyncio.start_unix_server(
            self._hear, sock=self.place.socket, limit=REQUEST_BYTES
        )
        try:
            self._plugged(self._board.path)
            ready(self._board.path)
            await self._ended
        finally:
            if self._booting is not None:
                self._booting.cancel()
            loop.remove_reader(life)
            os.close(life)
            self._watch_no_longer()
            server.close()
            for writer in self._talks.values():
                writer.close()
            if self._talks:
                await asyncio.wait(self._talks)

    def _end(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)

    def _see_crash(self) -> None:
        try:
            self._board.check()
        except BoardError as error:
            if not self._ended.done():
                self._ended.set_exception(error)

    # The port

    def _plugged(self, port: str) -> None:
        self._openings = Openings(port)
        asyncio.get_running_loop().add_reader(self._openings, self._see_openings)
        self.place.point_at(port)

    def _watch_no_longer(self) -> None:
        if self._openings is not None:
            with contextlib.suppress(RuntimeError):  # no loop: then no reader
                asyncio.get_running_loop().remove_reader(self._openings)
            self._openings.close()
            self._openings = None

    def _see_openings(self) -> None:
        if self._openings is not None:
            rises = self._openings.dtr_rises()
            if rises and self._bootloader_s is not None:
                self._boot_by_dtr(self._bootloader_s)

    def _boot_by_dtr(self, within_s: float) -> None:
        """Reset the board, whose bootloader then keeps the line for a moment."""
        self._board.mute(silent=True)
        self._board.reset(BootCause.EXTERNAL)
        if self._booting is not None:
            self._booting.cancel()
        loop = asyncio.get_running_loop()
        self._booting = loop.call_later(within_s, self._boot)

    def _boot(self) -> None:
        self._booting = None
        self._board.mute(silent=False)
        self._board.reset(BootCause.EXTERNAL)  # what it heard meanwhile, it never heard

    # The control channel

    async def _hear(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        talk = asyncio.current_task()
        assert talk is not None  # noqa: S101 - this is a coroutine of it
        self._talks[talk] = writer
        with contextlib.suppress(ConnectionError, ValueError):
            while line := await reader.readline():
                writer.write(self._answer(line.decode("utf-8", "replace")) + b"\n")
                await writer.drain()
        writer.close()
        del self._talks[talk]

    def _answer(self, request: str) -> bytes:
        try:
            order = order_of(request)
            self._obey(order)
            answer = self._state().as_json()
        except (UsageError, BoardError, OSError) as error:
            answer = json.dumps({"error": str(error)})
        return answer.encode()

    def _obey(self, order: Order) -> None:
        match order:
            case Order.RESET:
                self._board.reset(BootCause.EXTERNAL)
            case Order.BROWN_OUT:
                self._board.reset(BootCause.BROWNOUT)
            case Order.UNPLUG:
                self.place.take_link_away()
                self._watch_no_longer()
                self._board.unplug()
            case Order.REPLUG:
                self._watch_no_longer()
                self._plugged(self._board.replug())
            case Order.AUTO_RESET_ON | Order.AUTO_RESET_SLOW | Order.AUTO_RESET_OFF:
                self._bootloader_s = BOOTLOADERS_S[order]
            case Order.QUIT:
                self._end()  # once this has been answered
            case Order.STATE:
                pass

    def _state(self) -> UnoState:
        at_rest = self._board.at_rest()  # all events until now come with the answer
        if self._openings is not None:
            self._see_openings()
        return UnoState(
            t_s=time.monotonic(),
            port="" if self._openings is None else self._board.path,
            users=0 if self._openings is None else self._openings.users,
            auto_reset=self._bootloader_s is not None,
            at_rest=at_rest,
            last_drive_change_s=self._record.last_change_s,
            axes={
                axis: view.at(self._board.shaft_position_rev(axis))
                for axis, view in self._record.axes.items()
            },
            pins=self._record.levels,
            worst_lateness_s=self._board.worst_lateness_s,
        )
