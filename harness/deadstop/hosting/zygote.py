"""The warmed-up parent: imports once, then forks hosts and clients on request.

Run as ``python -m deadstop.hosting.zygote FD``. It stays single-threaded and never
runs an event loop, so that what it forks starts clean. When the judge goes away it
kills what it forked and ends: no process outlives a run.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import arduino_actuators.motor  # noqa: F401 - warm: what most cases need
from deadstop.hosting import client, host

__all__ = ["main"]

PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
OUTPUT_BYTES: Final = 1 << 30  # of a component that prints and prints
END_WITHIN_S: Final = 0.5  # a stop and its confirmation take a tenth of that

Role: TypeAlias = Callable[[socket.socket, list[int], Any], None]

ROLES: Final[Mapping[str, Role]] = {
    "client": client.main,
    "host": host.main,
    "inspect": host.inspect_main,
}


def _role(name: str) -> Role:
    """Return a role by its name, or as ``MODULE:FUNCTION``: warm from then on."""
    if name in ROLES:
        return ROLES[name]
    module, _, function = name.partition(":")
    found: Role = getattr(importlib.import_module(module), function)
    return found


def _die_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask for that
        os._exit(1)


def _become(
    role: str,
    config: Any,  # noqa: ANN401 - any JSON
    fds: list[int],
    parent: int,
) -> None:
    """Turn this child, forked by process *parent*, into *role*; never returns."""
    code = 1
    try:
        # What it prints goes to a file, and must not fill the disk.
        _, most_bytes = resource.getrlimit(resource.RLIMIT_FSIZE)
        if most_bytes == resource.RLIM_INFINITY:
            resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, most_bytes))
        os.setsid()  # a terminal's Ctrl-C is for the judge, who then ends us in order
        _die_with(parent)
        channel_fd, output_fd, *rest = fds
        os.dup2(output_fd, 1)
        os.dup2(output_fd, 2)
        os.close(output_fd)
        channel = socket.socket(fileno=channel_fd)
        _role(role)(channel, rest, config)
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:  # noqa: BLE001 - the last stop before the process ends
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


class _Parent:
    """The serving loop of the zygote."""

    def __init__(self, judge: socket.socket) -> None:
        self._judge = judge
        self._children: set[int] = set()
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Fork what is asked for until the judge hangs up."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._judge, selectors.EVENT_READ)
            selector.register(self._wake_read, selectors.EVENT_READ)
            self._judge.send(json.dumps({"ready": os.getpid()}).encode())
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._judge:
                        if not self._request():
                            return
                    else:
                        os.read(self._wake_read, 4096)
                        self._reap()

    def end_all(self) -> None:
        """Ask every child to end (so that components can stop); kill who does not."""
        groups = tuple(self._children)  # each leads the group of what it started
        self._signal_all(signal.SIGTERM)
        until_s = time.monotonic() + END_WITHIN_S
        while self._children and time.monotonic() < until_s:
            self._drop_ended()
            time.sleep(0.01)  # the judge is gone: nobody waits but us
        for group in groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        for pid in self._children:
            os.waitpid(pid, 0)

    def _signal_all(self, number: signal.Signals) -> None:
        for pid in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _drop_ended(self) -> dict[int, int]:
        ended = {}
        for pid in tuple(self._children):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                self._children.discard(pid)
                ended[pid] = os.waitstatus_to_exitcode(status)
        return ended

    def _request(self) -> bool:
        packet, fds, _, _ = socket.recv_fds(self._judge, 128 * 1024, 16)
        if not packet:
            return False
        order = json.loads(packet)
        with contextlib.suppress(Exception):  # the child meets it again, and tells
            _role(order["role"])
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._judge.close()
            os.close(self._wake_read)
            os.close(self._wake_write)
            _become(order["role"], order["config"], fds, parent)
        self._children.add(pid)
        for fd in fds:
            os.close(fd)
        self._judge.send(json.dumps({"forked": order["number"], "pid": pid}).encode())
        return True

    def _reap(self) -> None:
        for pid, code in self._drop_ended().items():
            self._judge.send(json.dumps({"exited": pid, "code": code}).encode())


def main() -> None:
    """Serve forks on the socket whose descriptor is the first argument."""
    judge = socket.socket(fileno=int(sys.argv[1]))
    # The judge's end is seen on the socket, and not as a signal of its death: there
    # must be time to ask the components to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.collect()
    gc.freeze()  # what is warm now stays shared between parent and children
    parent = _Parent(judge)
    try:
        parent.serve()
    except OSError:
        pass  # the judge is gone
    finally:
        parent.end_all()


if __name__ == "__main__":
    main()
