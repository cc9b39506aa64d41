"""The control channel of a virtual Uno: what can be asked of it, and by whom.

One line of words a request, one line of JSON an answer: the state after the request was
done, or ``{"error": TEXT}``.
"""

import json
import socket
from enum import StrEnum
from pathlib import Path
from typing import Final

from deadstop.errors import BoardAbsentError, LinkFaultError, UsageError
from deadstop.uno.place import control_path, socket_address
from deadstop.uno.state import UnoState

__all__ = ["REQUEST_BYTES", "Order", "UnoControl", "order_of"]

REQUEST_BYTES: Final = 256
ANSWER_WITHIN_S: Final = 10.0  # a millisecond or two; a busy machine


class Order(StrEnum):
    """What a hand, or an eye, could do to a board."""

    STATE = "state"
    RESET = "reset"
    BROWN_OUT = "brown-out"
    UNPLUG = "unplug"
    REPLUG = "replug"
    AUTO_RESET_ON = "auto-reset on"
    AUTO_RESET_SLOW = "auto-reset slow"  # with a bootloader that takes its time
    AUTO_RESET_OFF = "auto-reset off"
    QUIT = "quit"


def order_of(words: str) -> Order:
    """Return the order that *words* are.

    Raises:
        UsageError: naming those there are.
    """
    try:
        return Order(" ".join(words.split()))
    except ValueError:
        known = ", ".join(Order)
        raise UsageError(
            f"a virtual board cannot {words[:REQUEST_BYTES]!r}; it can: {known}"
        ) from None


class UnoControl:
    """The other end of the channel: asks one virtual Uno."""

    def __init__(self, link: Path) -> None:
        """Ask the one whose port is at *link*, or whose control socket that is."""
        is_socket = link.is_socket()
        self._path = link if is_socket else control_path(link)

    def ask(self, order: Order, within_s: float = ANSWER_WITHIN_S) -> UnoState:
        """Have *order* done, and return the state after it.

        Raises:
            BoardAbsentError: there is no virtual board.
            LinkFaultError: it refuses, or does not answer in time.
        """
        try:
            with (
                socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel,
                socket_address(self._path) as address,
            ):
                channel.settimeout(within_s)
                channel.connect(address)
                channel.sendall(f"{order}\n".encode())
                with channel.makefile("rb") as lines:
                    line = lines.readline()
        except TimeoutError:
            raise LinkFaultError(
                f"the virtual board at {self._path} did not answer {order.value!r} "
                f"within {within_s:g} s"
            ) from None
        except OSError as error:
            raise BoardAbsentError(
                f"no virtual board answers at {self._path}: {error.strerror}; start "
                "one with `deadstop board --rig avr --link PATH`"
            ) from error
        answer = json.loads(line or b'{"error": "it ended"}')
        if "error" in answer:
            raise LinkFaultError(
                f"the virtual board at {self._path} could not {order.value!r}: "
                f"{answer['error']}"
            )
        return UnoState.from_json(line)
