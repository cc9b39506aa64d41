"""A component that is made anew while it moves."""

from pathlib import Path

import pytest

from deadstop.cases import Case
from deadstop.hosting import Zygote
from deadstop.results import Outcome
from deadstop.rig import load_rig
from deadstop.runner import Runner
from deadstop.trace import Source, Trace
from tests.harness.patient import run_patiently

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]

CASE = Case("go_for", "reconfigure", "cruise")


async def test_the_new_one_takes_the_old_ones_place(
    zygote: Zygote, tmp_path: Path
) -> None:
    """The old one closes the port, the new one opens it, and moves."""
    async with Runner(load_rig("loopback"), tmp_path, zygote=zygote) as runner:
        result = await run_patiently(runner, CASE)

    assert result.outcome is Outcome.PASS, result.explain()
    trace = Trace.read(tmp_path / result.folder / "trace.jsonl")
    link = [event for event in trace if event.source is Source.LINK]
    port = [event.kind for event in link if event.kind in ("opened", "closed")]
    assert port[:3] == ["opened", "closed", "opened"]
    motions = [event for event in link if event.kind == "motion"]
    reopened_s = [event.t_s for event in link if event.kind == "opened"][1]
    assert motions[-1].t_s > reopened_s > motions[0].t_s
