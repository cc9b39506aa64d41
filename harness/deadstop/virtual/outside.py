"""What stands between the component and the world outside of virtual time.

`enter` makes this process one in which the clock is the loop's: `time.monotonic`,
`time.sleep` and the like, `os.write` and the like on virtual descriptors, and fresh
UUIDs and random numbers from a seed. What lives on the real clock (threads, sockets,
other processes, devices) is refused where CPython announces it, by an audit hook.
Nothing of this can be taken back: it is for a process that does nothing else.
"""

import _thread
import fcntl
import os
import random
import struct
import sys
import termios
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NoReturn

from deadstop.virtual.clock import VirtualLoop
from deadstop.virtual.descriptors import DESCRIPTORS
from deadstop.virtual.refusal import refuse

__all__ = ["allowing", "enter"]

# 2024-01-01T00:00:00Z: what `time.time` says when the loop's clock says 0.
_EPOCH_UNIX_S: Final = 1_704_067_200
_NS: Final = 1_000_000_000

# Audit events (docs.python.org/3/library/audit_events.html) of what is refused.
_REFUSED: Final = frozenset(
    {
        "_thread.start_new_thread",
        "_thread.start_joinable_thread",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.system",
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.sendto",
        "subprocess.Popen",
    }
)
# Devices that are no part of any rig.
_HARMLESS: Final = (
    "/dev/null",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    "/dev/shm/",  # noqa: S108 - shared memory is no device
)

_allowed: list[bool] = []


def enter(loop: VirtualLoop, seed: int) -> None:
    """Give this process *loop*'s clock, for good; random numbers follow *seed*."""
    _set_clock(loop)
    _set_descriptors()
    _set_threads()
    generator = random.Random(seed)  # noqa: S311 - repeatable on purpose
    random.seed(seed)
    uuid.uuid4 = lambda: uuid.UUID(int=generator.getrandbits(128), version=4)
    sys.addaudithook(_audit)


@contextmanager
def allowing() -> Iterator[None]:
    """Let the harness itself do what is refused to others."""
    _allowed.append(True)
    try:
        yield
    finally:
        _allowed.pop()


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if event in _REFUSED:
        if not _allowed:
            refuse(f"{event}({', '.join(map(_short, args[:2]))})")
    elif event == "open" and not _allowed:
        path = str(args[0])
        if path.startswith("/dev/") and not path.startswith(_HARMLESS):
            refuse(f"open({path!r})")


def _short(value: object) -> str:
    return repr(value)[:60]


def _set_clock(loop: VirtualLoop) -> None:
    def now_ns() -> int:
        return round(loop.time() * _NS)

    patched: dict[str, Callable[..., Any]] = {
        "monotonic": loop.time,
        "monotonic_ns": now_ns,
        "perf_counter": loop.time,
        "perf_counter_ns": now_ns,
        "time": lambda: _EPOCH_UNIX_S + loop.time(),
        "time_ns": lambda: _EPOCH_UNIX_S * _NS + now_ns(),
        "sleep": loop.block,
    }
    for name, function in patched.items():
        setattr(time, name, function)


def _set_descriptors() -> None:
    def on_file(
        real: Callable[..., Any], act: Callable[..., Any]
    ) -> Callable[..., Any]:
        def call(fd: Any, *args: Any) -> Any:
            if DESCRIPTORS.holds(fd):
                return act(DESCRIPTORS.file(fd), *args)
            return real(fd, *args)

        return call

    def nothing(*_: Any) -> None:
        """A virtual line is raw, whatever it is told."""

    for module, name, act in (
        (os, "read", lambda file, size: file.read(size)),
        (os, "write", lambda file, data: file.write(bytes(data))),
        (os, "close", lambda file: file.close()),
        (os, "isatty", lambda _: True),
        (os, "get_blocking", lambda _: False),
        (os, "set_blocking", nothing),
        (termios, "tcflush", _flush),
        (termios, "tcdrain", lambda file: file.drain()),
        (termios, "tcsetattr", nothing),
        (termios, "tcsendbreak", nothing),
        (fcntl, "ioctl", _ioctl),
        (fcntl, "fcntl", lambda *_: 0),
        (fcntl, "flock", nothing),
        (fcntl, "lockf", nothing),
    ):
        setattr(module, name, on_file(getattr(module, name), act))


def _set_threads() -> None:
    # CPython announces a new thread from 3.12 on only.
    for module, name in (
        (_thread, "start_new_thread"),
        (_thread, "start_new"),
        (threading, "_start_new_thread"),
    ):
        if hasattr(module, name):
            setattr(module, name, _refuse_thread)


def _refuse_thread(function: object, *_: object) -> NoReturn:
    refuse(f"a thread for {getattr(function, '__qualname__', function)}")


def _flush(file: Any, queue: int) -> None:
    if queue in (termios.TCIFLUSH, termios.TCIOFLUSH):
        file.drop_input()
    if queue in (termios.TCOFLUSH, termios.TCIOFLUSH):
        file.drop_output()


def _ioctl(file: Any, request: int, *_: Any) -> bytes:
    if request == termios.TIOCOUTQ:
        return struct.pack("I", file.unsent_bytes)
    if request == termios.TIOCINQ:
        return struct.pack("I", file.unread_bytes)
    return bytes(4)
