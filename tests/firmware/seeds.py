"""Writes inputs to begin fuzzing with: the test vectors, and long random choices."""

import json
import random
import sys
from pathlib import Path
from typing import Any, Final

from arduino_actuators.wire.frames import seal
from tests.firmware.host_build import FIRMWARE

__all__ = ["VECTORS", "write_seeds"]

VECTORS: Final[dict[str, Any]] = json.loads(
    (FIRMWARE / "vectors.json").read_text("utf-8")
)
_WAIT: Final = b"\xff\xff"  # 30 control periods, to `fuzz_stream`
_HOLD: Final = b"\xed\x04"  # the shaft of axis a is held, so that it cannot turn
_FLOOD: Final = b"!\xf1" * 60  # more stop bytes than the line can answer
_CHOICES: Final = 100
_CHOICES_BYTES: Final = 300


def write_seeds(folder: Path, fuzzer: str) -> None:
    """Write inputs for *fuzzer*."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = _vectors() if fuzzer == "fuzz_stream" else _choices()
    for number, data in enumerate(inputs):
        (folder / f"seed-{number:03}").write_bytes(data)


def _vectors() -> list[bytes]:
    streams = [stream["bytes"].encode("latin-1") for stream in VECTORS["streams"]]
    conversations = [
        _WAIT.join(step["send"].encode("latin-1") for step in conversation["steps"])
        for conversation in VECTORS["conversations"]
    ]
    return streams + conversations + _scenes()


def _scenes() -> list[bytes]:
    """What is rare: a jammed shaft is stopped, and the line is full as one comes to rest."""
    hello, spin, stop = (
        seal(words) + b"\n"
        for words in (":1 hello 1", ":2 spin a 1 300 3000", ":3 stop a 1 1")
    )
    return [
        _HOLD + _WAIT.join((hello, spin, stop, b"")),
        _HOLD + _WAIT.join((hello, spin, _FLOOD, b"")),
    ]


def _choices() -> list[bytes]:
    """Some twenty frames each: a fuzzer that begins with nothing makes one or two."""
    choose = random.Random(0)  # noqa: S311 - inputs, no secrets
    return [choose.randbytes(_CHOICES_BYTES) for _ in range(_CHOICES)]


if __name__ == "__main__":
    write_seeds(Path(sys.argv[1]), sys.argv[2])
