"""Simulate AVRs for a judge: ``python -m deadstop.boards.avr FD PID``."""

import time
from collections.abc import Callable
from pathlib import Path

from deadstop.boards.avr.core import AvrCore
from deadstop.boards.avr.far_end import serve
from deadstop.trace import Event


def _make(elf: str, observe: Callable[[Event], None]) -> AvrCore:
    return AvrCore(Path(elf), t_s=time.monotonic(), observe=observe)


if __name__ == "__main__":
    serve(_make)
