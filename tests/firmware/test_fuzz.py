"""The firmware's sources under two fuzzers; `make fuzz` runs them for longer.

`firmware/host/law.h` says what must hold. It reads frames for itself, and knows for
each what has to be answered.
"""

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.firmware.host_build import FIRMWARE, copied, made
from tests.firmware.seeds import write_seeds

SEED: Final = int(os.environ.get("DEADSTOP_SEED", "1"))  # 0 for another one each time
RUNS: Final = 4_000  # some ten seconds
FUZZERS: Final = ("fuzz_stream", "fuzz_frames")
# What finds it, the file, what is there, what comes.
MISTAKES: Final = {
    "a checksum that is not looked at": (
        "fuzz_frames",
        "controller/receiver.cpp",
        "if (frame_.crc != crc) {",
        "if (false) {",
    ),
    "a motion that a stop byte does not overtake": (
        "fuzz_frames",
        "controller/session.cpp",
        "    if (overtaken) {\n",
        "    if (overtaken && c.seq > 255) {\n",
    ),
    "a stop byte that the main loop forgets": (
        "fuzz_stream",
        "controller/board.cpp",
        "if (stops != 0) {",
        "if (stops > 7) {",
    ),
    "a line that is written beyond its end": (
        "fuzz_stream",
        "controller/receiver.cpp",
        "if (length_ >= protocol::kMaxFrameBytes - 1) {",
        "if (length_ >= protocol::kMaxFrameBytes + 9) {",
    ),
    # Of the stand-in for the chip: it takes a stop byte amid the main loop's work.
    "a stop byte that does not forbid the drive": (
        "fuzz_frames",
        "host/motors_host.cpp",
        "if (permille == 0 || !(shield::stops & 1 << axis)) {",
        "if (permille == 0 || shield::stops < 255) {",
    ),
    "a lease that does not run out": (
        "fuzz_frames",
        "controller/axis.cpp",
        "if (a.lease_left_ticks == 0) {",
        "if (a.lease_left_ticks == 0 && periods == 0) {",
    ),
    "a stop that is answered before the drive is off": (
        "fuzz_stream",
        "controller/session.cpp",
        "        axis::cut(static_cast<uint8_t>(1 << c.axis));\n",
        "",
    ),
    "a motion number that is not used up": (
        "fuzz_frames",
        "controller/axis.cpp",
        "    axes_[index].newest = motion;\n",
        "",
    ),
    "a stop that is told with the drive still on": (
        "fuzz_stream",
        "controller/axis.cpp",
        "        if (!hold) {\n",
        "        if (index > 7) {\n",
    ),
    "a drive that comes back behind the last word": (
        "fuzz_stream",
        "controller/axis.cpp",
        "        a.cause = Cause::arrived;\n",
        "        a.cause = Cause::arrived;\n        drive::power(index, 1);\n",
    ),
    "a stop byte that is not answered for want of room": (
        "fuzz_frames",
        "controller/board.cpp",
        "if (hardware::room_bytes() < kStopsBytes) {",
        "if (kStopsBytes == 0) {",
    ),
    "an answer that is lost for want of room": (
        "fuzz_stream",
        "controller/board.cpp",
        "kRoomBytes = kStopsBytes + line::kMaxBytes;",
        "kRoomBytes = line::kMaxBytes;",
    ),
}


def fuzz(folder: Path, fuzzer: str, scratch: Path) -> subprocess.CompletedProcess[str]:
    """Run *fuzzer* briefly; the same seed tries the same inputs."""
    corpus = scratch / "corpus"
    corpus.mkdir()
    write_seeds(corpus, fuzzer)
    command = [
        str(folder / fuzzer),
        f"-runs={RUNS}",
        f"-seed={SEED}",
        "-max_len=600",
        "-len_control=0",
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
    fuzzer, *edit = MISTAKES[mistake]
    sources = copied(tmp_path, ((edit[0], edit[1], edit[2]),))
    build = tmp_path / "build"
    made(f"{build}/host/{fuzzer}", build, sources)

    done = fuzz(build / "host", fuzzer, tmp_path)

    told = ("LAW BROKEN", "AddressSanitizer", "runtime error")
    assert done.returncode != 0
    assert any(each in done.stderr for each in told), done.stderr[-3000:]
