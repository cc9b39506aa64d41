"""The guardian's process: ``python -m deadstop.guardian FD``.

It hears the harness on the socket *FD*. When that ends, or says nothing for too long,
with boards under guard, every one of them is stopped at once and asked whether it
stands. A harness that hangs is killed first: it must not send on when it wakes up.

Whoever connects to its own socket (`deadstop stop`) has it stop the boards, too. The
harness is then asked to end, so that it can write its report, or else killed.
"""

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from deadstop.guardian.post import Post, PostWord, Rest

__all__ = ["MAX_MESSAGE_BYTES", "NOT_AT_REST", "main"]

MAX_MESSAGE_BYTES: Final = 1 << 16
ENDS_WITHIN_S: Final = 3.0  # a harness that is asked to, with its rig and its report
ASKED: Final = "somebody asked for a stop"
STOP_EVERY_S: Final = 0.05
_LEFT: Final = "the run is ending, and has seen its boards at rest"
NOT_AT_REST: Final = 30  # as in `ExitCode`, whose imports would make its start slow


def main() -> int:
    """Guard until the harness leaves; return 0, or 30 if rest was not confirmed."""
    # Whatever ends the harness in a terminal must not end this.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP):
        signal.signal(number, signal.SIG_IGN)
    channel = socket.socket(fileno=int(sys.argv[1]))
    return _Watch(channel, os.getppid()).run()


class _Watch:
    """The boards under guard, and for how long the harness has been silent."""

    def __init__(self, channel: socket.socket, harness: int) -> None:
        self._channel = channel
        # A number could be another's by the time it is needed.
        self._harness = os.pidfd_open(harness)
        self._posts: dict[str, Post] = {}
        self._silent_s = 0.0
        self._record = ""
        self._told: dict[str, Any] = {}
        self._asks: dict[int, socket.socket] = {}  # hear who wants the boards stopped

    def run(self) -> int:
        self._channel.send(b'{"ready": true}')
        readable = select.poll()
        readable.register(self._channel, select.POLLIN)
        heard_s = time.monotonic()
        while True:
            left_s = heard_s + self._silent_s - time.monotonic()
            ready = readable.poll(max(left_s, 0.0) * 1e3 if self._posts else None)
            if not ready:
                silent = f"the harness gave no sign of life for {self._silent_s:g} s"
                return self._take_over(f"{silent} and was killed", kill=True)
            for fd, _ in ready:
                if fd in self._asks:
                    return self._stop_for(self._asks[fd])
            packet, fds = self._receive()
            if not packet:
                return self._take_over("the harness ended") if self._posts else 0
            heard_s = time.monotonic()
            message = json.loads(packet)
            if message["do"] == "listen":
                self._asks[fds[0]] = socket.socket(fileno=fds[0])
                readable.register(fds[0], select.POLLIN)
                self._answer(message)
            else:
                self._obey(message, fds)

    def _stop_for(self, asks: socket.socket) -> int:
        """Stop at the word of somebody else, and tell them what came of it."""
        for post in self._posts.values():
            post.stop()
        caller, _ = asks.accept()
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._harness, signal.SIGTERM)
        gone = select.poll()
        gone.register(self._harness, select.POLLIN)
        until_s = time.monotonic() + ENDS_WITHIN_S
        # It reads what the board says, and may have more to send, until it has closed
        # the ports, and then the channel; what it writes after that takes its time.
        leaves = False
        while not (leaves or gone.poll(STOP_EVERY_S * 1e3)):
            if time.monotonic() > until_s:
                break
            for post in self._posts.values():
                post.stop()
            while select.select([self._channel], [], [], 0)[0] and not leaves:
                packet, _ = self._receive()
                leaves = not packet
                if packet and "number" in (message := json.loads(packet)):
                    self._answer(message)
        code = self._take_over(ASKED, kill=not leaves)
        with contextlib.suppress(OSError):
            caller.send(json.dumps(self._told).encode())
        return code

    def _receive(self) -> tuple[bytes, list[int]]:
        try:
            packet, fds, _, _ = socket.recv_fds(self._channel, MAX_MESSAGE_BYTES, 4)
        except OSError:
            return b"", []
        return packet, fds

    def _obey(self, message: Mapping[str, Any], fds: list[int]) -> None:
        match message["do"]:
            case "guard":
                word = PostWord.from_message(message["board"])
                self._posts[word.name] = Post(word, fds[0])
                self._silent_s = message["silent_s"]
                self._record = message["record"]
                self._answer(message)
            case "leave":
                self._posts.pop(message["name"]).close()
                self._answer(message)
            case _:
                pass  # a beat: that it came is all

    def _answer(self, message: Mapping[str, Any]) -> None:
        with contextlib.suppress(OSError):  # it has ended: the next look says so
            self._channel.send(json.dumps({"done": message["number"]}).encode())

    def _take_over(self, why: str, *, kill: bool = False) -> int:
        for post in self._posts.values():
            post.stop()
        if kill:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self._harness, signal.SIGKILL)
            for post in self._posts.values():
                post.stop()  # what it sent until then
        rests = [post.confirm() for post in self._posts.values()]
        self._tell(why, rests)
        return 0 if all(rest.confirmed for rest in rests) else NOT_AT_REST

    def _tell(self, why: str, rests: list[Rest]) -> None:
        lines = [_line(why, rest) for rest in rests] or [f"{why}; {_LEFT}"]
        with contextlib.suppress(OSError):  # nobody may be there to read it
            os.write(2, "".join(f"deadstop: guardian: {x}\n" for x in lines).encode())
        record = self._told = {
            "schema": 1,
            "why": why,
            "at_rest": all(rest.confirmed for rest in rests),
            "boards": [asdict(rest) for rest in rests],
            "lines": lines,
        }
        with contextlib.suppress(
            OSError
        ):  # the disk may be full: the motors come first
            if self._record:
                text = json.dumps(record, indent=1) + "\n"
                Path(self._record).write_text(text, encoding="utf-8")


def _line(why: str, rest: Rest) -> str:
    name = f"board {rest.name}" if rest.name else "the board"
    if rest.confirmed:
        took = f"{rest.took_s * 1e3:.0f} ms later"
        if why == ASKED:  # it could not be asked while the run still read its answers
            took = f"when the run had left it, {took}"
            return f"{why}; {name} was told at once, and confirmed standstill {took}"
        return f"{why}; {name} was told to stop, and confirmed standstill {took}"
    if rest.power_off == 0:
        return f"{why}; {name} did NOT CONFIRM THAT IT STANDS ({rest.told})"
    return f"{why}; {name} did NOT CONFIRM THAT IT STANDS ({rest.told}): CUT ITS POWER"
