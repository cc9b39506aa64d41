"""The whole default run, judge and all its processes, stays under 200 MB."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

LIMIT_MB = 200.0
LOOK_S = 0.1


def descendants(pid: int) -> Iterator[int]:
    """Yield *pid* and every process below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text("ascii").split():
            yield from descendants(int(child))


def proportional_mb(pid: int) -> float:
    """Memory of *pid* in MB; a page that n processes share counts 1/n in each."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    return 0.0


def tree_mb(pid: int) -> float:
    """Memory of *pid* and all below it; what ends meanwhile counts nothing."""
    total_mb = 0.0
    try:
        for each in descendants(pid):
            total_mb += proportional_mb(each)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0.0  # somebody ended between the listing and the look: look again
    return total_mb


@pytest.mark.benchmark
@pytest.mark.timeout(600)
def test_the_default_run_stays_under_200_mb(tmp_path: Path) -> None:
    """Proportional set size of the whole tree, looked at ten times a second."""
    deadstop = str(Path(sys.executable).parent / "deadstop")
    command = [deadstop, "run", "--out", str(tmp_path / "r")]
    began_s = time.monotonic()
    looks: list[float] = []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as run:  # noqa: S603
        while run.poll() is None:
            looks.append(tree_mb(run.pid))
            time.sleep(LOOK_S)

    took_s = time.monotonic() - began_s
    print(
        f"\ndefault run: exit {run.returncode}, {took_s:.0f} s, peak "
        f"{max(looks):.0f} MB over {len(looks)} looks (limit {LIMIT_MB:g} MB)"
    )
    assert run.returncode == 0
    assert max(looks) < LIMIT_MB
