"""Where a tool is missing, the line that installs it is told: nothing is skipped."""

from pathlib import Path

import pytest

from tests.firmware.host_build import make


@pytest.mark.parametrize(
    ("target", "without", "line"),
    [
        (
            "fuzzers",
            "FUZZ_CXX=no-such-compiler",
            (
                "the fuzzers need clang and its runtime; "
                "type: sudo apt-get install clang libclang-rt-dev"
            ),
        ),
        (
            "arduino-check",
            "ARDUINO=/no/such/core",
            (
                "the Arduino core is not in /no/such/core; "
                "type: sudo apt-get install arduino-core-avr"
            ),
        ),
    ],
)
def test_a_missing_tool_is_told_with_the_line_that_installs_it(
    target: str, without: str, line: str, tmp_path: Path
) -> None:
    """And make fails."""
    done = make(target, tmp_path, without)

    assert done.returncode == 2
    assert line in done.stderr.splitlines()
