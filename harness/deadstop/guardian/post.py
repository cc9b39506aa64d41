"""One guarded board: its port, how it is stopped, and what cuts its power."""

import contextlib
import errno
import os
import select
import shlex
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from deadstop.guardian.standstill import STOP_ALL, Standstill

__all__ = ["Post", "PostWord", "Rest"]

# An answer takes 8 ms at 115200 baud; whoever does not answer is asked again.
ASK_AGAIN_S: Final = 0.05
LOOK_S: Final = 0.01
POWER_OFF_WITHIN_S: Final = 10.0
GONE: Final = "its port is gone"
_UNPLUGGED: Final = frozenset({errno.EIO, errno.ENXIO, errno.ENODEV})


@dataclass(frozen=True, slots=True)
class PostWord:
    """What a guardian is told of a board.

    Attributes:
        name: for people.
        axes: the letters of its axes; empty for a board that does not speak the board
            protocol, which can be stopped but not asked.
        stop: the bytes that stop it.
        within_s: how long it gets to stand, in seconds.
        power_off: a command that cuts the motors' power; empty if there is none.
    """

    name: str
    axes: str
    within_s: float
    stop: bytes = STOP_ALL
    power_off: Sequence[str] = ()

    def to_message(self) -> dict[str, Any]:
        """Write it for the channel."""
        return {
            "name": self.name,
            "axes": self.axes,
            "within_s": self.within_s,
            "stop": self.stop.hex(),
            "power_off": list(self.power_off),
        }

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> "PostWord":
        """Read it from the channel."""
        return cls(
            message["name"],
            message["axes"],
            message["within_s"],
            bytes.fromhex(message["stop"]),
            tuple(message["power_off"]),
        )


@dataclass(frozen=True, slots=True)
class Rest:
    """What became of a board.

    Attributes:
        confirmed: whether it said itself that it stands.
        took_s: from the first stop byte on, in seconds.
        told: how it went, for people; ASCII.
        power_off: the exit code of the command that cuts the power; None if it was
            not run, -1 if it could not be.
    """

    name: str
    confirmed: bool
    took_s: float
    told: str
    power_off: int | None = None


class Post:
    """A board under guard; the descriptor is the guardian's own."""

    def __init__(self, word: PostWord, fd: int) -> None:
        """Guard the board behind *fd*."""
        self.word = word
        self._fd = fd
        self._since_s = 0.0
        self._error = ""

    def close(self) -> None:
        """Let it go."""
        with contextlib.suppress(OSError):
            os.close(self._fd)

    def stop(self) -> None:
        """Send the stop bytes, now, whatever waits to be sent."""
        self._since_s = self._since_s or time.monotonic()
        # What the harness left waiting could start a motion, and comes before a stop.
        with contextlib.suppress(termios.error, OSError):
            termios.tcflush(self._fd, termios.TCOFLUSH)
        self._write(self.word.stop)

    def confirm(self) -> Rest:
        """Ask until the board says that it stands; cut its power if it does not."""
        until_s = time.monotonic() + self.word.within_s
        if not self.word.axes:
            told = "its stop was sent; it cannot be asked whether it stands"
            return self._unconfirmed(self._error or told)
        with contextlib.suppress(termios.error, OSError):
            termios.tcflush(self._fd, termios.TCIFLUSH)
        talk = Standstill(self.word.axes)
        while not talk.confirmed:
            if time.monotonic() > until_s or self._error:
                return self._unconfirmed(self._error or talk.told or "it says nothing")
            self._write(talk.next_bytes())
            self._hear(talk)
        return Rest(self.word.name, True, self._took_s(), talk.told)

    def _hear(self, talk: Standstill) -> None:
        until_s = time.monotonic() + ASK_AGAIN_S
        readable = select.poll()
        readable.register(self._fd, select.POLLIN)
        while (left_s := until_s - time.monotonic()) > 0:
            for _, events in readable.poll(left_s * 1e3):
                if events & ~select.POLLIN and not events & select.POLLIN:
                    self._error = GONE
                    return
                if talk.feed(self._read()):
                    return
            if self._error:
                return

    def _read(self) -> bytes:
        try:
            return os.read(self._fd, 4096)
        except BlockingIOError:
            return b""
        except OSError as error:
            self._error = _failure(error)
            return b""

    def _write(self, data: bytes) -> None:
        until_s = time.monotonic() + ASK_AGAIN_S
        rest = data
        while rest and not self._error:
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                if time.monotonic() > until_s:
                    return  # the next question brings another
                time.sleep(LOOK_S / 10)
            except OSError as error:
                self._error = _failure(error)

    def _took_s(self) -> float:
        return round(time.monotonic() - self._since_s, 6)

    def _unconfirmed(self, told: str) -> Rest:
        took_s = self._took_s()
        command = self.word.power_off
        if not command:
            return Rest(self.word.name, False, took_s, told)
        try:
            done = subprocess.run(  # noqa: S603 - what the rig file says
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
                timeout=POWER_OFF_WITHIN_S,
            )
            code = done.returncode
            how = f"ended with exit code {code}"
        except (OSError, subprocess.TimeoutExpired) as error:
            code = -1
            how = f"could not be run ({error})"
        words = ascii(shlex.join(command))[1:-1]
        told = f"{told}; what cuts its power, `{words}`, {ascii(how)[1:-1]}"
        return Rest(self.word.name, False, took_s, told, code)


def _failure(error: OSError) -> str:
    if error.errno in _UNPLUGGED:
        return GONE
    return f"its port failed: {error.strerror}"
