"""The firmware's own reader finds in a stream what `vectors.json` says is there."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.firmware.host_build import FIRMWARE, made

STREAMS: Final = json.loads((FIRMWARE / "vectors.json").read_text("utf-8"))["streams"]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it for this machine, with sanitizers."""
    return made("host", tmp_path_factory.mktemp("build")) / "items"


@pytest.mark.parametrize("stream", STREAMS, ids=lambda each: each["name"])
def test_the_firmware_finds_what_is_in_the_stream(
    reader: Path, stream: dict[str, Any]
) -> None:
    """However it is cut: it takes a byte at a time."""
    done = subprocess.run(  # noqa: S603 - built here
        [reader],
        input=stream["bytes"].encode("latin-1"),
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode("ascii").splitlines() == stream["items"]
