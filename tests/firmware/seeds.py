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
_FILL: Final = b"!\xf0!\xf0"  # most of the transmit buffer
_STOP_AMID: Final = b"\xef\x0a!"  # as the board reads the frame before
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
    """What chance takes long to find."""
    hello, spin, move, cut, ramp, zero_a, zero_b, state = (
        seal(words) + b"\n"
        for words in (
            ":1 hello 1",
            ":2 spin a 1 300 3000",
            ":2 move a 1 2000 300 8000",
            ":3 stop a 1 0",
            ":3 stop a 1 1",
            ":2 zero a -2147483648",  # lines are long now
            ":3 zero b -2147483648",
            ":4 state a",
        )
    )
    begun = hello + _WAIT
    return [
        begun + spin + _WAIT + cut + 4 * _WAIT,
        _HOLD + begun + spin + _WAIT + ramp + 4 * _WAIT,
        begun + move + 20 * _WAIT,
        begun + zero_a + _WAIT + zero_b + _WAIT + _FILL + state + _STOP_AMID + _WAIT,
    ]


def _choices() -> list[bytes]:
    """Some twenty frames each: a fuzzer that begins with nothing makes one or two."""
    choose = random.Random(0)  # noqa: S311 - inputs, no secrets
    return [choose.randbytes(_CHOICES_BYTES) for _ in range(_CHOICES)]


if __name__ == "__main__":
    write_seeds(Path(sys.argv[1]), sys.argv[2])
