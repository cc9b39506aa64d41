"""What runs on when the whole robot is to stop, or a session expires, is caught."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from arduino_actuators.motor import ArduinoMotor
from deadstop.cases import Case
from deadstop.hosting import Zygote
from deadstop.results import CaseResult, Outcome
from deadstop.rig import Rig, load_rig
from deadstop.runner import Runner
from tests.harness.patient import Expected, fails_by, holds, run_patiently

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]

STAND = files("deadstop.gallery") / "motor.toml"
LATE = fails_by("stop-commanded")
B11 = "deadstop.gallery.b11_stop_needs_the_lock:BrokenMotor"


class DeafMotor(ArduinoMotor, register=False):  # type: ignore[no-untyped-call]
    """Right, but that its `stop` does nothing."""

    @override
    async def stop(self, **_: Any) -> None: ...


def with_deaf_neighbour() -> Rig:
    """Return the built-in rig, whose right motor is deaf."""
    rig = load_rig("loopback")
    made_of = f"{DeafMotor.__module__}:{DeafMotor.__qualname__}"
    deaf = rig.components["right"].model_copy(update={"class_path": made_of})
    return rig.model_copy(update={"components": {**rig.components, "right": deaf}})


async def played(runner: Runner, case: Case, expected: Expected = holds) -> CaseResult:
    """Play one case; whatever comes of it, nothing moves afterwards."""
    async with runner:
        result = await run_patiently(runner, case, expected)
    assert runner.at_rest
    return result


async def test_a_stop_that_waits_for_its_motion_is_caught(
    zygote: Zygote, tmp_path: Path
) -> None:
    """B11: its `go_for` holds the lock that `stop` needs, for a second here."""
    runner = Runner(load_rig(str(STAND)), tmp_path, zygote=zygote, component=B11)

    result = await played(runner, Case("go_for", "stop-all", "awaiting-ack"), LATE)

    failed = {v.invariant for v in result.verdicts if v.outcome is Outcome.FAIL}
    assert "stop-commanded" in failed, result.explain()


@pytest.mark.parametrize("trigger", ["stop-all", "stop-all-dropped", "session-expiry"])
async def test_a_neighbour_that_is_not_stopped_is_caught(
    zygote: Zygote, tmp_path: Path, trigger: str
) -> None:
    """The struck one obeys; the other runs on, and is no bystander."""
    runner = Runner(with_deaf_neighbour(), tmp_path, zygote=zygote)

    result = await played(runner, Case("both", trigger, "cruise"), LATE)

    failed = {v.invariant: v for v in result.verdicts if v.outcome is Outcome.FAIL}
    assert "axis b" in failed["stop-commanded"].detail, result.explain()


async def test_a_streamed_motion_is_its_sessions_too(
    zygote: Zygote, tmp_path: Path
) -> None:
    """Only the first message of the stream names the arm."""
    runner = Runner(load_rig("arm-loopback"), tmp_path, zygote=zygote)

    result = await played(runner, Case("stream", "session-expiry", "cruise"))

    outcomes = {v.invariant: v.outcome for v in result.verdicts}
    assert outcomes["stop-commanded"] is Outcome.PASS, result.explain()
    assert Outcome.FAIL not in outcomes.values(), result.explain()
