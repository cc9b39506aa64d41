"""What a board tells of its own clock, ahead of the states that it tells for `?`."""

from dataclasses import dataclass
from typing import Final

from arduino_actuators.wire.errors import WireError
from arduino_actuators.wire.frames import seal, seal_error
from arduino_actuators.wire.messages import Comment
from arduino_actuators.wire.signatures import parse_integer

__all__ = ["CLOCK_US", "ClockReading"]

CLOCK_US: Final = 2**32  # where it comes round to 0 (PROTOCOL.md, section 1)
_READINGS: Final = range(CLOCK_US)
_BEGINS: Final = "# at "


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The board's clock when it took the states that follow.

    Attributes:
        board_us: since its last reset, modulo `CLOCK_US`.
    """

    board_us: int

    @classmethod
    def from_comment(cls, comment: Comment) -> "ClockReading | None":
        """Read it; None if *comment* is another one.

        Raises:
            WireError: it was, and came garbled.
        """
        line = f"# {comment.text}"
        if not line.startswith(_BEGINS):
            return None
        body, star, check = line.encode("ascii", "replace").partition(b"*")
        code = seal_error(body, star, check)
        if code is not None:
            raise WireError(f"clock {line!r}: {code.word}")
        try:
            return cls(parse_integer(body.decode()[len(_BEGINS) :], _READINGS))
        except ValueError as error:
            raise WireError(f"clock {line!r}: {error}") from error

    @property
    def comment(self) -> Comment:
        """It as on the wire."""
        return Comment(seal(f"{_BEGINS}{self.board_us}").decode().removeprefix("# "))
