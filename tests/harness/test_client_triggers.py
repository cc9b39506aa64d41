"""A client that hangs, one that drops many calls, and a deadline the server keeps."""

from pathlib import Path

import pytest

from deadstop.cases import case_by_id
from deadstop.clocks import Clock
from deadstop.errors import UsageError
from deadstop.hosting import Zygote
from deadstop.results import CaseResult, Outcome
from deadstop.rig import Rig, load_rig
from deadstop.runner import Runner
from deadstop.trace import Event, Source, Trace

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]


async def run(
    zygote: Zygote,
    folder: Path,
    case_id: str,
    spec: str | None = None,
    *,
    clock: Clock = Clock.VIRTUAL,
    rig: Rig | None = None,
) -> tuple[CaseResult, Trace]:
    """Run one case, see the rig at rest, and return what came of it."""
    rig = load_rig("loopback") if rig is None else rig
    runner = Runner(rig, folder, component=spec, zygote=zygote, clock=clock)
    async with runner:
        result = await runner.run(case_by_id(rig, case_id))
    assert runner.at_rest
    return result, Trace.read(folder / result.folder / "trace.jsonl")


def failed(result: CaseResult) -> set[str]:
    """Return what failed."""
    return {v.invariant for v in result.verdicts if v.outcome is Outcome.FAIL}


def told(trace: Trace, source: Source, kind: str, call: str = "") -> list[Event]:
    """Return the events of that kind, of all calls or of one."""
    return [
        event
        for event in trace
        if event.source is source
        and event.kind == kind
        and (not call or event.data.get("call") == call)
    ]


async def test_a_hung_client_stops_nothing_and_hears_of_the_end_when_it_goes_on(
    zygote: Zygote, tmp_path: Path
) -> None:
    """The motion was over before; why no stop was owed is told."""
    case = "go_for/client-freeze/accelerating"
    result, trace = await run(zygote, tmp_path, case, clock=Clock.REAL)

    assert not failed(result), result.explain()
    (strike,) = told(trace, Source.JUDGE, "strike")
    (ended,) = told(trace, Source.SERVER, "call-ended", "left#1")
    (thaw,) = told(trace, Source.JUDGE, "caller-thaw")
    (answer,) = told(trace, Source.CLIENT, "call-returned", "left#1")
    assert strike.t_s < ended.t_s < thaw.t_s < answer.t_s
    assert (ended.data["outcome"], answer.data["outcome"]) == ("returned", "returned")
    verdicts = {verdict.invariant: verdict for verdict in result.verdicts}
    assert verdicts["stop-commanded"].outcome is Outcome.UNCHECKED
    assert "only a session or a keepalive" in verdicts["stop-commanded"].detail
    for law in ("no-needless-stop", "bystanders-unharmed", "honest-outcome"):
        assert verdicts[law].outcome is Outcome.PASS


async def test_a_stray_stop_is_caught_though_the_client_hangs(
    zygote: Zygote, tmp_path: Path
) -> None:
    """A motion that nothing reaches ends by itself, and then in silence."""
    spec = "deadstop.gallery.b28_stray_stop:BrokenMotor"
    case = "go_for/client-freeze/cruise"
    result, _ = await run(zygote, tmp_path, case, spec, clock=Clock.REAL)

    assert "no-needless-stop" in failed(result), result.explain()


async def test_a_client_is_not_frozen_in_virtual_time(
    zygote: Zygote, tmp_path: Path
) -> None:
    """There is no process; the message says what to do."""
    with pytest.raises(
        UsageError, match=r"client-freeze needs a process .* real clock"
    ):
        await run(zygote, tmp_path, "go_for/client-freeze/cruise")


async def test_a_deadline_of_the_server_alone_cancels_once_and_is_told(
    zygote: Zygote, tmp_path: Path
) -> None:
    """The client, which would have waited on, hears what happened."""
    case = "go_for/server-deadline/cruise"
    result, trace = await run(zygote, tmp_path, case, clock=Clock.REAL)

    assert not failed(result), result.explain()
    assert len(told(trace, Source.SERVER, "call-cancelled", "left#1")) == 1
    (answer,) = told(trace, Source.CLIENT, "call-returned", "left#1")
    assert answer.data["status"] == "DEADLINE_EXCEEDED"


async def test_whoever_never_looks_misses_the_deadline_of_the_server(
    zygote: Zygote, tmp_path: Path
) -> None:
    """Nothing but that one cancellation tells it."""
    spec = "deadstop.gallery.b01_never_looks:BrokenMotor"
    result, _ = await run(zygote, tmp_path, "go_for/server-deadline/cruise", spec)

    assert "stop-commanded" in failed(result), result.explain()


@pytest.mark.parametrize(
    "case_id",
    ["both/server-deadline/cruise", "both/expired-on-arrival/before-first-byte"],
)
async def test_a_deadline_is_that_of_the_struck_call_wherever_it_stands(
    zygote: Zygote, tmp_path: Path, case_id: str
) -> None:
    """Also if another call is made before it."""
    rig = load_rig("loopback")
    both = rig.motions["both"].model_copy(update={"struck": "right"})
    rig = rig.model_copy(update={"motions": {**rig.motions, "both": both}})
    result, trace = await run(zygote, tmp_path, case_id, rig=rig)

    assert not failed(result), result.explain()
    (left,) = told(trace, Source.CLIENT, "call-returned", "left#1")
    (right,) = told(trace, Source.CLIENT, "call-returned", "right#1")
    assert (left.data["outcome"], right.data["outcome"]) == ("returned", "error")


@pytest.mark.parametrize("clock", Clock)
async def test_every_call_of_a_dropped_connection_is_cancelled(
    zygote: Zygote, tmp_path: Path, clock: Clock
) -> None:
    """Those that were not over just before; and each of them ends."""
    case = "both/client-drop-many/cruise"
    result, trace = await run(zygote, tmp_path, case, clock=clock)

    assert not failed(result), result.explain()
    begun, ended = (
        {
            str(event.data["call"]): event.data.get("outcome")
            for event in told(trace, Source.SERVER, kind)
            if not str(event.data["call"]).startswith("ask")
        }
        for kind in ("call-begun", "call-ended")
    )
    assert begun.keys() == ended.keys() > {"left#1", "right#1"}
    assert (ended["left#1"], ended["right#1"]) == ("cancelled", "cancelled")
    assert list(ended.values()).count("cancelled") > len(begun) // 2


@pytest.mark.parametrize(
    ("trigger", "spec", "laws"),
    [
        (
            "client-drop-many",
            "tests.broken.b36_stop_waits_its_turn",
            {"stop-commanded"},
        ),
        ("client-close", "tests.broken.b36_stop_waits_its_turn", set()),
        (
            "client-drop-many",
            "deadstop.gallery.b11_stop_needs_the_lock",
            {"cleanup-complete"},
        ),
    ],
    ids=["waits-its-turn", "waits-its-turn-alone", "needs-the-lock"],
)
async def test_what_stops_in_time_alone_can_be_late_among_many(
    zygote: Zygote, tmp_path: Path, trigger: str, spec: str, laws: set[str]
) -> None:
    """What only one call ends, that one ends in time."""
    case = f"go_for/{trigger}/cruise"
    result, _ = await run(zygote, tmp_path, case, f"{spec}:BrokenMotor")

    assert failed(result) >= laws, result.explain()
    assert bool(failed(result)) == bool(laws), result.explain()
