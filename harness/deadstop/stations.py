"""All boards of a rig, each with the tap on its link, on one bench."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from deadstop.axes import board_of, letter_of
from deadstop.boards.maker import RigBoards
from deadstop.errors import EnvelopeError
from deadstop.hosting.inspection import use_of_port
from deadstop.link.harm import LinkHarm
from deadstop.rig import Rig
from deadstop.stamps import BOARD_CLOCK
from deadstop.station import Station
from deadstop.trace import Event, Scalar

__all__ = ["LOOK_S", "Stations", "port_use"]

LOOK_S: Final = 0.005
REST_WITHIN_S: Final = 1.0
# A simulated board that was late by a good part of a lease may have tripped it itself.
LATE_S: Final = 0.05

Note = Callable[..., None]


class Stations:
    """The boards of a rig that have been brought to life; falsy while there is none."""

    def __init__(
        self,
        rig: Rig,
        observe: Callable[[Event], None],
        closers: ExitStack,
        *,
        folder: Path,
        harm: LinkHarm | None = None,
    ) -> None:
        """Prepare them; what each one says is told to *observe*.

        Args:
            rig: whose boards they are.
            observe: called with each event of board and tap.
            closers: is given what gives back all that they hold.
            folder: where their output goes.
            harm: what the links do to the component's messages.
        """
        self._rig = rig
        self._observe = observe
        self._closers = closers
        self._folder = folder
        self._harm = harm
        self._by_name: dict[str, Station] = {}

    def start(self, boards: RigBoards | None) -> None:
        """Bring each to life, made by *boards*; by default by a maker for once."""
        if boards is None:
            boards = self._closers.enter_context(RigBoards(self._rig))
        for name in self._rig.all_boards:
            self._by_name[name] = Station(
                name,
                self._rig,
                boards,
                self._observe,
                self._closers,
                folder=self._folder,
                harm=self._harm,
            )

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def __iter__(self) -> Iterator[Station]:
        return iter(self._by_name.values())

    @property
    def first(self) -> Station:
        """That of the rig's `[board]`."""
        return self._by_name[""]

    def of(self, component: str) -> Station:
        """Return the one that *component* is on."""
        return self._by_name[self._rig.components[component].board]

    def shaft_position_rev(self, axis: str) -> float:
        """Return where the witness sees *axis*, by the name that the trace has."""
        board = self._by_name[board_of(axis)].board
        return board.shaft_position_rev(letter_of(axis))

    def is_still(self) -> bool:
        """Whether every drive is off and every shaft still, on all of them."""
        return all(station.at_rest() for station in self)

    async def wait_still(self, within_s: float) -> bool:
        """Wait until all is still; return whether it is."""
        until_s = time.monotonic() + within_s
        while not self.is_still():
            if time.monotonic() >= until_s:
                return False
            await asyncio.sleep(LOOK_S)
        return True

    async def settle(self, within_s: float, note: Note) -> None:
        """Give what moves so long to end by itself, and then stop it."""
        still = False
        try:
            still = await self.wait_still(within_s)
        finally:
            if not still:
                note("forced-stop", why="the bench is being left")
                self._stop_all()

    async def come_to_rest(self, note: Note) -> bool:
        """Stop what still moves; return whether all is at rest."""
        if not await self.wait_still(0.0):
            self._stop_all()
        at_rest = await self.wait_still(REST_WITHIN_S)
        note("rest", at_rest=at_rest)
        for station in self if at_rest else ():
            station.confirmed_at_rest()
        lateness_s = max(station.board.worst_lateness_s for station in self)
        if lateness_s:
            note(BOARD_CLOCK, lateness_s=round(lateness_s, 6))
        if lateness_s > LATE_S:
            note("board-late", lateness_s=round(lateness_s, 4))
        return at_rest

    def require_within_envelope(self) -> None:
        """See that no component asked too much of a real board.

        Raises:
            EnvelopeError: one did; nothing of it was sent, and the board was stopped.
        """
        for station in self:
            if station.refused:
                raise EnvelopeError(
                    f"beyond the envelope of rig {self._rig.name!r}: "
                    f"{station.refused}; nothing of it was sent, and the board was "
                    "stopped. Mend the component, its motion, or [board.envelope]"
                )

    def _stop_all(self) -> None:
        for station in self:
            station.stop_all()


async def port_use(
    station: Station, pid: int, closed_s: float, within_s: float
) -> dict[str, Scalar]:
    """See whether process *pid*, which has closed its port, lets go of it in time.

    Args:
        station: whose port it is.
        pid: the process that had it open, and still lives.
        closed_s: when it said that it has closed it.
        within_s: how long it gets, from now on.

    Returns:
        What the trace is told of it.
    """
    until_s = time.monotonic() + within_s
    gone = station.unplugged
    while user := use_of_port(pid, station.tap.path, gone=gone):
        if time.monotonic() > until_s:
            return {"released": False, "after_s": None, "detail": user}
        await asyncio.sleep(LOOK_S)
    after_s = round(max(time.monotonic() - closed_s, 0.0), 6)
    detail = "the port could be opened again at once"
    if gone:
        detail = "the component's process has let go of the unplugged port"
    return {"released": True, "after_s": after_s, "detail": detail}
