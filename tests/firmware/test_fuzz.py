"""The firmware's sources under two fuzzers; `make fuzz` runs them for longer.

`law.cpp` says what must hold, and has a reader of frames and a checksum of its own.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.firmware.host_build import FIRMWARE, copied, made

VECTORS: Final = json.loads((FIRMWARE / "vectors.json").read_text("utf-8"))
SEED: Final = int(os.environ.get("DEADSTOP_SEED", "1"))  # 0 for another one each time
RUNS: Final = 15_000  # four seconds
FUZZERS: Final = ("fuzz_stream", "fuzz_frames")
MISTAKES: Final = {
    "a checksum that is not looked at": (
        "controller/receiver.cpp",
        "if (frame_.crc != crc) {",
        "if (false) {",
    ),
    "a motion that a stop byte does not overtake": (
        "controller/session.cpp",
        "    if (overtaken) {\n",
        "    if (overtaken && c.seq > 255) {\n",
    ),
    "a stop byte that the main loop forgets": (
        "controller/board.cpp",
        "if (stops & (1 << i)) {",
        "if ((stops & (1 << i)) && i > 7) {",
    ),
    "a line that is written beyond its end": (
        "controller/receiver.cpp",
        "if (length_ >= protocol::kMaxFrameBytes - 1) {",
        "if (length_ >= protocol::kMaxFrameBytes + 9) {",
    ),
}


def fuzz(folder: Path, fuzzer: str, scratch: Path) -> subprocess.CompletedProcess[str]:
    """Run *fuzzer* briefly; the same seed tries the same inputs."""
    corpus = scratch / "corpus"
    corpus.mkdir()
    for number, stream in enumerate(VECTORS["streams"]):
        (corpus / f"stream-{number}").write_bytes(stream["bytes"].encode("latin-1"))
    command = [
        str(folder / fuzzer),
        f"-runs={RUNS}",
        f"-seed={SEED}",
        "-max_len=600",
        f"-artifact_prefix={scratch}/",
        f"-dict={FIRMWARE / 'host' / 'words.dict'}",
        str(corpus),
    ]
    return subprocess.run(  # noqa: S603 - built here
        command, capture_output=True, text=True, check=False, cwd=scratch
    )


@pytest.fixture(scope="module")
def fuzzers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both, with the address and undefined-behaviour sanitizers."""
    return made("fuzzers", tmp_path_factory.mktemp("build"))


@pytest.mark.parametrize("fuzzer", FUZZERS)
def test_no_input_breaks_the_law(fuzzers: Path, fuzzer: str, tmp_path: Path) -> None:
    """No drive without a sealed frame, no drive behind a stop byte, no deafness."""
    done = fuzz(fuzzers, fuzzer, tmp_path)

    assert done.returncode == 0, f"seed {SEED}: {done.stderr[-3000:]}"


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_fuzzers_find_a_mistake(mistake: str, tmp_path: Path) -> None:
    """Fuzzers that have not been seen to fail prove nothing."""
    sources = copied(tmp_path, (MISTAKES[mistake],))
    folder = made("fuzzers", tmp_path / "build", sources)

    found = [fuzzer for fuzzer in FUZZERS if _finds(folder, fuzzer, tmp_path / fuzzer)]

    assert found


def _finds(folder: Path, fuzzer: str, scratch: Path) -> bool:
    scratch.mkdir()
    done = fuzz(folder, fuzzer, scratch)
    told = ("LAW BROKEN", "AddressSanitizer", "runtime error")
    assert done.returncode == 0 or any(each in done.stderr for each in told)
    return done.returncode != 0
