"""A board that no simulation of ours is: what can be done to those, it refuses."""

from abc import abstractmethod
from typing import NoReturn

from deadstop.boards.closable import Closable

__all__ = ["UnsimulatedBoard"]


class UnsimulatedBoard(Closable):
    """Cannot be harmed at will; each refusal is a `BoardError`."""

    def unplug(self) -> None:
        """Refuse: unplug the tap."""
        self._cannot("be unplugged")

    def mute(self, *, silent: bool) -> None:
        """Refuse."""
        self._cannot(f"be made silent ({silent})")

    def jam_shaft(self, axis: str, *, jammed: bool) -> None:
        """Refuse."""
        self._cannot(f"have axis {axis!r} held ({jammed})")

    def break_encoder(self, axis: str) -> None:
        """Refuse."""
        self._cannot(f"lose the encoder of {axis!r}")

    @abstractmethod
    def _cannot(self, what: str) -> NoReturn:
        """Say which board cannot do *what*.

        Raises:
            BoardError: always.
        """
