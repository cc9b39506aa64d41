"""Simulate AVRs for a judge: ``python -m deadstop.boards.avr FD PID``."""

import time
from collections.abc import Callable
from pathlib import Path

from deadstop.boards.avr.core import AvrCore
from deadstop.boards.avr.far_end import serve
from deadstop.boards.avr.pins import ShieldName
from deadstop.trace import Event


def _make(elf: str, shield: ShieldName, observe: Callable[[Event], None]) -> AvrCore:
    return AvrCore(Path(elf), t_s=time.monotonic(), observe=observe, shield=shield)


if __name__ == "__main__":
    serve(_make)
