"""The firmware's sources on this machine, under sanitizers, hold the test vectors.

Whole: a byte at a time as the line brings them. Byte by byte: a millisecond apart.
"""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from arduino_actuators.wire import Comment, Event, HostDecoder, Refusal, Reply
from tests.firmware.host_build import made
from tests.firmware.seeds import VECTORS
from tests.harness.boards.test_conversations import (
    Pattern,
    answer_fields,
    by_axis,
    must_fit,
    settles,
)

ANSWERED_MS = 30
SETTLED_MS = 1000
FOLDERS = {"ab": "", "abc": "arm"}  # of the programs for two motors, and for the arm


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build them, with sanitizers."""
    return made("host", tmp_path_factory.mktemp("build"))


def said(program: Path, script: bytes) -> str:
    """Run *program* on *script*; a sanitizer would fail it."""
    done = subprocess.run(  # noqa: S603 - built here
        [program], input=script, capture_output=True, check=True
    )
    return done.stdout.decode("ascii")


@pytest.mark.parametrize("vector", VECTORS["crc"], ids=lambda each: each["crc"])
def test_the_firmwares_checksum(programs: Path, vector: dict[str, str]) -> None:
    """Of the bytes of the vectors."""
    assert said(programs / "crc", vector["bytes"].encode("latin-1")) == (
        f"{vector['crc']}\n"
    )


@pytest.mark.parametrize("stream", VECTORS["streams"], ids=lambda each: each["name"])
def test_the_firmware_finds_what_is_in_the_stream(
    programs: Path, stream: dict[str, Any]
) -> None:
    """However it is cut: it takes a byte at a time."""
    program = programs / FOLDERS[stream["axes"]] / "items"
    items = said(program, stream["bytes"].encode("latin-1"))

    assert items.splitlines() == stream["items"]


@pytest.mark.parametrize(
    "conversation", VECTORS["conversations"], ids=lambda each: each["name"]
)
@pytest.mark.parametrize("between_ms", [0, 1], ids=["whole", "bytewise"])
def test_the_firmware_holds_the_conversation(
    programs: Path, conversation: dict[str, Any], between_ms: int
) -> None:
    """Each step brings its answers and events, and no others."""
    steps = conversation["steps"]
    script = ["- 0 10"]
    for step in steps:
        after_ms = SETTLED_MS if settles(step["events"]) else ANSWERED_MS
        data = step["send"].encode("latin-1").hex() or "-"
        script.append(f"{data} {between_ms} {after_ms}")

    program = programs / FOLDERS[conversation["axes"]] / "board"
    output = said(program, "\n".join(script).encode())

    boot, *parts = output.split(".\n")[:-1]
    assert "boot power" in boot
    for step, part in zip(steps, parts, strict=True):
        items = HostDecoder().feed(part.encode())
        answers = [answer_fields(i) for i in items if isinstance(i, Reply | Refusal)]
        must_fit(step["answers"], answers)
        events = by_axis([(i.event, *i.fields) for i in items if isinstance(i, Event)])
        expected = by_axis([Pattern.of(text).fields for text in step["events"]])
        assert expected.keys() == events.keys(), (step, part)
        for subject, lines in expected.items():
            must_fit([" ".join(line) for line in lines], events[subject])
        comments = sum(isinstance(item, Comment) for item in items)
        assert comments >= step["comments"]
