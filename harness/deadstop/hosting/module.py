"""The module's process: what is forked for it becomes the module's executable.

It begins as viam-server begins a module: the path of the socket is its last argument,
its group is its own, and what it prints goes into a pipe.
"""

import json
import os
import resource
import signal
import socket
import time
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["main"]

NOT_EXECUTED: Final = 126  # as a shell says it


def main(sock: socket.socket, fds: list[int], config: Mapping[str, Any]) -> None:
    """Execute ``config["argv"]``, printing to ``fds[0]``; tell the judge why not.

    The judge sees the channel close once the program has taken over.
    """
    os.set_inheritable(sock.fileno(), False)
    # What Python ignores, and another program would inherit (as in `subprocess`).
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    # What it prints does not go to a file: see the zygote.
    _, most_bytes = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    argv = config["argv"]
    try:
        os.chdir(config["folder"])
        for standard in (1, 2):
            os.dup2(fds[0], standard)
        os.close(fds[0])
        os.execve(argv[0], argv, {**os.environ, **config["environment"]})  # noqa: S606 - what the rig names is what is run
    except OSError as error:
        text = (
            f"module {argv[0]!r} cannot be started: {error.strerror}; it must be a "
            "program, or a script that begins with #!"
        )
        told = {"source": "server", "t_s": time.monotonic(), "data": {"error": text}}
        sock.send(json.dumps({"event": "unusable", **told}).encode())
        os._exit(NOT_EXECUTED)
