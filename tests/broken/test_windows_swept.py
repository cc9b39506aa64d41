"""What fails in a window of a few steps only is found by a sweep of every step."""

from pathlib import Path

import pytest

from deadstop.rig import load_rig
from deadstop.sweep.fixture import run_sweep
from deadstop.sweep.results import SweepResult
from tests.broken.test_windows import WINDOWS

pytestmark = pytest.mark.timeout(120)

MOST_STEPS = 3
TWICE = ("w05_second_cancel",)  # fails only at the second cancellation


def swept(folder: Path, spec: str, trigger: str, *, twice: bool = False) -> SweepResult:
    """Strike at every step of the rig's first motion."""
    return run_sweep(
        load_rig("loopback"),
        spec,
        folder,
        motion="go_for",
        trigger=trigger,
        depth=2 if twice else 1,
        max_cases=8 if twice else None,
    )


@pytest.mark.parametrize(
    ("module", "invariant", "trigger"), WINDOWS, ids=[name for name, _, _ in WINDOWS]
)
def test_a_window_is_found_by_the_invariant_named(
    tmp_path: Path, module: str, invariant: str, trigger: str
) -> None:
    """With the steps at which it fails, and a file that brings it back."""
    result = swept(
        tmp_path, f"tests.broken.{module}:BrokenMotor", trigger, twice=module in TWICE
    )

    windows = list(result.windows())
    assert any(invariant in window.first.laws for window in windows), result.explain()
    assert all(len(window.findings) <= MOST_STEPS for window in windows)
    assert all(path.exists() for path in result.saved.values())
    assert len(result.failures) < result.points / 2


@pytest.mark.parametrize(
    "spec",
    ["tests.broken.w00_steady:SteadyMotor", "deadstop.gallery.plain_motor:PlainMotor"],
    ids=["steady", "plain"],
)
def test_a_correct_component_has_no_window(tmp_path: Path, spec: str) -> None:
    """Red for the broken ones means something only if the right ones are green."""
    result = swept(tmp_path, spec, "outer-cancel")

    assert not result.failures, result.explain()
    assert result.covered == 1.0


@pytest.mark.parametrize(
    ("spec", "invariant"),
    [
        ("b01_never_looks", "stop-commanded"),
        ("b03_no_finally", "stop-commanded"),
        ("b08_stop_is_a_flag", "stop-commanded"),
        ("b16_commands_again", "stays-stopped"),
        ("b18_state_lies", "honest-state"),
    ],
)
def test_what_a_run_catches_a_sample_of_steps_catches_too(
    tmp_path: Path, spec: str, invariant: str
) -> None:
    """The same components as on the real clock, by the same laws."""
    result = run_sweep(
        load_rig("loopback"),
        f"deadstop.gallery.{spec}:BrokenMotor",
        tmp_path,
        motion="go_for",
        trigger="outer-cancel",
        max_cases=24,
    )

    assert any(invariant in finding.laws for finding in result.failures), (
        result.explain()
    )


def test_a_stop_that_is_never_confirmed_is_found_by_losing_it(tmp_path: Path) -> None:
    """With faults of the link, and only with them."""
    rig = load_rig("loopback")
    spec = "tests.broken.f01_never_confirms:BrokenMotor"
    without, crossed = (
        run_sweep(
            rig,
            spec,
            tmp_path,
            motion="go_for",
            trigger="outer-cancel",
            max_cases=2,
            seed=3,
            faults=faults,
        )
        for faults in (False, True)
    )

    assert not without.failures, without.explain()
    lost = [finding for finding in crossed.failures if "stop-lost" in finding.fault]
    assert lost
    assert all("stop-commanded" in finding.laws for finding in lost)


def test_the_example_motor_holds_although_the_link_is_harmed(tmp_path: Path) -> None:
    """One byte or message at a time, in either direction."""
    result = run_sweep(
        load_rig("loopback"),
        None,
        tmp_path,
        motion="go_for",
        max_cases=8,
        faults=True,
        max_faults=24,
    )

    assert not result.failures, result.explain()
    assert 0 < result.covered < 1
