"""An open port: a descriptor that the tap can read and write, and its DTR."""

import contextlib
import errno
import fcntl
import socket
import termios
import threading
import time
import warnings
from types import TracebackType
from typing import Final, Protocol, Self
from urllib.parse import urlsplit

import serial

from deadstop.boards.closable import Closable
from deadstop.boards.serial.lock import held_by_others
from deadstop.boards.serial.where import Found
from deadstop.errors import BoardAbsentError, RigBusyError

__all__ = ["DTR_LOW_S", "OpenPort", "open_port"]

_BUSY: Final = frozenset({errno.EBUSY, errno.EWOULDBLOCK})  # TIOCEXCL, flock
_CONNECTED_WITHIN_S: Final = 5.0
DTR_LOW_S: Final = 0.05  # the Uno's capacitor and pull-up: 100 nF and 10 kOhm, 1 ms
_BRIDGE_LOOK_S: Final = 0.1  # pyserial's RFC 2217 cannot be woken up
_READ_BYTES: Final = 4096
_CFLAG: Final = 2  # where `termios.tcgetattr` has the control modes


class OpenPort(Protocol):
    """A port, open from its making until `close`."""

    @property
    def fd(self) -> int:
        """What bytes are read from and written to."""

    @property
    def line_fd(self) -> int:
        """What leads to the board even when this process is no more."""

    def pulse_dtr(self) -> bool:
        """Lower DTR and raise it, which resets an Uno; False if it has none."""

    def close(self) -> None:
        """Close it; a second call does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


def open_port(found: Found, baud: int, *, hold_dtr: bool) -> OpenPort:
    """Open a port, for this process alone.

    Args:
        found: which.
        baud: bits/s.
        hold_dtr: whether DTR stays raised when it is closed, so that the next opening
            resets nothing. The opening itself raises it in any case: that is the
            kernel's doing.

    Raises:
        BoardAbsentError: it cannot be opened.
        RigBusyError: another process has it open.
    """
    try:
        if found.port.startswith("socket://"):
            return _SocketPort(found)
        if found.is_remote:
            return _Rfc2217Port(found, baud)
        return _TtyPort(found, baud, hold_dtr=hold_dtr)
    except OSError as error:  # serial.SerialException is one
        if error.errno in _BUSY:
            who = held_by_others(found.identity) or "a process that is not shown to you"
            raise RigBusyError(
                f"{found.name} is open in {who}; close that first"
            ) from error
        what = "is the board plugged in, and may you use its port (group dialout)?"
        if found.is_remote:
            what = "does its server run, and may you reach it?"
        raise BoardAbsentError(
            f"{found.name} cannot be opened: {error}; {what}"
        ) from error


class _TtyPort(Closable):
    """A serial port of this machine."""

    def __init__(self, found: Found, baud: int, *, hold_dtr: bool) -> None:
        self._port = serial.Serial(found.port, baud, exclusive=True)
        try:
            # flock keeps out who asks for it; this, whoever opens the port.
            fcntl.ioctl(self.fd, termios.TIOCEXCL)
            attributes = termios.tcgetattr(self.fd)
            if hold_dtr:
                attributes[_CFLAG] &= ~termios.HUPCL
            else:
                attributes[_CFLAG] |= termios.HUPCL
            termios.tcsetattr(self.fd, termios.TCSANOW, attributes)
        except BaseException:
            self._port.close()
            raise

    @property
    def fd(self) -> int:
        return int(self._port.fileno())

    @property
    def line_fd(self) -> int:
        return self.fd

    def pulse_dtr(self) -> bool:
        try:
            for level in (termios.TIOCMBIC, termios.TIOCMBIS):
                fcntl.ioctl(self.fd, level, termios.TIOCM_DTR.to_bytes(4, "little"))
                time.sleep(DTR_LOW_S)
        except OSError:  # a pseudo-terminal has none
            return False
        return True

    def close(self) -> None:
        if self._port.is_open:
            with contextlib.suppress(OSError):  # it was unplugged
                fcntl.ioctl(self.fd, termios.TIOCNXCL)
            self._port.close()


class _SocketPort(Closable):
    """A port behind a plain TCP connection, as ser2net's `raw` is."""

    def __init__(self, found: Found) -> None:
        self._socket = socket.create_connection(
            _host_and_port(found.port), _CONNECTED_WITHIN_S
        )
        # A stop byte must not wait for a second one (Nagle).
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)

    @property
    def fd(self) -> int:
        return self._socket.fileno()

    @property
    def line_fd(self) -> int:
        return self.fd

    def pulse_dtr(self) -> bool:
        return False

    def close(self) -> None:
        self._socket.close()


class _Rfc2217Port(Closable):
    """A port behind RFC 2217, which pyserial speaks; bytes go through a socket pair."""

    def __init__(self, found: Found, baud: int) -> None:
        # Not every far end answers to a wish for DTR: a pseudo-terminal has none.
        url = f"{found.port}?ign_set_control"
        with warnings.catch_warnings():  # pyserial 3.5 calls Thread.setDaemon
            warnings.simplefilter("ignore", DeprecationWarning)
            self._port = serial.serial_for_url(url, baud, timeout=_BRIDGE_LOOK_S)
        ours, self._theirs = socket.socketpair()
        self._ours = ours
        ours.setblocking(False)
        self._ended = False
        self._threads = [
            threading.Thread(target=work, name=f"rfc2217-{name}", daemon=True)
            for name, work in (("rx", self._receive), ("tx", self._send))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def fd(self) -> int:
        return self._ours.fileno()

    @property
    def line_fd(self) -> int:
        # Telnet's own bytes, of 255 and what follows, are no stop byte and no answer.
        connection: socket.socket | None = getattr(self._port, "_socket", None)
        return -1 if connection is None else connection.fileno()

    def pulse_dtr(self) -> bool:
        for level in (False, True):
            self._port.dtr = level
            time.sleep(DTR_LOW_S)
        return True

    def close(self) -> None:
        if self._ended:
            return
        self._ended = True
        self._hang_up()
        for thread in self._threads:
            thread.join()
        # pyserial 3.5 leaves it open where the far end has gone first.
        connection: socket.socket | None = getattr(self._port, "_socket", None)
        self._port.close()
        if connection is not None:
            connection.close()
        self._ours.close()
        self._theirs.close()

    def _receive(self) -> None:
        try:
            while not self._ended:
                data = self._port.read(1)
                if data:
                    data += self._port.read(self._port.in_waiting)
                    self._theirs.sendall(data)
        except (OSError, serial.SerialException):
            self._hang_up()

    def _send(self) -> None:
        try:
            while data := self._theirs.recv(_READ_BYTES):
                self._port.write(data)
        except (OSError, serial.SerialException):
            self._hang_up()

    def _hang_up(self) -> None:
        """Let both sides see that the line is gone."""
        with contextlib.suppress(OSError):
            self._theirs.shutdown(socket.SHUT_RDWR)


def _host_and_port(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 0
