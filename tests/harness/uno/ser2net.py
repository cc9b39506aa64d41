"""A real ser2net in front of a virtual Uno's port, for the tests of remote boards."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Remote", "ser2net"]

PATIENCE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Remote:
    """Where the port is to be had: as bytes only, and with its lines."""

    raw: str
    rfc2217: str
    process: subprocess.Popen[str]


@contextlib.contextmanager
def ser2net(folder: Path, port: Path) -> Iterator[Remote]:
    """Serve *port* twice, on ports of this machine only."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"  # not on everybody's
    program = shutil.which("ser2net", path=path)
    assert program is not None, "sudo apt-get install ser2net"
    numbers = _free_ports(2)
    accepters = (
        f"tcp,127.0.0.1,{numbers[0]}",
        f"telnet(rfc2217),tcp,127.0.0.1,{numbers[1]}",
    )
    lines = [
        f"connection: &c{number}\n  accepter: {accepter}\n"
        f"  connector: serialdev,{port},115200n81,local,hangup-when-done\n"
        for number, accepter in enumerate(accepters)
    ]
    config = folder / "ser2net.yaml"
    config.write_text("".join(lines))
    words = [program, "-d", "-u", "-c", str(config)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            for number in numbers:
                _wait_listening(number, process)
            yield Remote(
                f"socket://127.0.0.1:{numbers[0]}",
                f"rfc2217://127.0.0.1:{numbers[1]}",
                process,
            )
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _free_ports(many: int) -> list[int]:
    with contextlib.ExitStack() as sockets:
        taken = [sockets.enter_context(socket.socket()) for _ in range(many)]
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in taken]


def _wait_listening(number: int, process: subprocess.Popen[str]) -> None:
    """Wait until somebody listens, without connecting: that would open the board."""
    until_s = time.monotonic() + PATIENCE_S
    wanted = f":{number:04X} 00000000:0000 0A"  # LISTEN, in proc(5)'s words
    while wanted not in Path("/proc/net/tcp").read_text(encoding="ascii"):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until_s
        time.sleep(0.01)
