"""Folders of runs, made by hand, for the tests of the report."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from deadstop.report.page.render import write_page
from deadstop.report.page.saved import read_runs
from deadstop.report.run_json import write_run
from deadstop.results import CaseResult, Leg, RunResult
from deadstop.trace import Event, Scalar, Source, Trace
from tests.harness.report_values import HELD, case, run_of

__all__ = ["SCRIPT", "STRIKE_S", "a_stop", "page_of", "run_folder", "stopped_case"]

STRIKE_S = 100.0
SCRIPT = "<script>alert(1)</script>"
_HALF_MS = 0.0005


def stopped_case(
    number: int = 0, *, repeat: int = 1, more_s: float = 0.0
) -> CaseResult:
    """Return a case that held, with every leg; *more_s* is what it took longer."""
    told_s, wrote_s, braked_s = 0.001, _HALF_MS, 0.2 + more_s
    legs = (
        Leg("trigger to operation", told_s),
        Leg("operation to first stop byte", wrote_s),
        Leg("first to last stop byte", 0.001),
        Leg("stop byte to board", _HALF_MS),
        Leg("board to pins dead", 0.0),
        Leg("pins dead to shaft still", braked_s),
        Leg("trigger to shaft still", told_s + wrote_s + _HALF_MS + braked_s),
    )
    one = case(HELD, case_id=f"go_for/trigger-{number}/cruise", legs=legs)
    folder = f"cases/{number}.{repeat}"
    return replace(one, repeat=repeat, folder=folder)


def a_stop(*more: Event) -> Trace:
    """Return the trace of a motion that is ended and comes to rest after 0.2 s."""

    def at(ms: float, source: Source, kind: str, **data: Scalar) -> Event:
        return Event(STRIKE_S + ms / 1000, source, kind, data)

    events = [
        at(-400, Source.JUDGE, "case", trigger="client-close"),
        at(-400, Source.JUDGE, "call", call="left#1", axis="a", ended=True),
        at(-399, Source.CLIENT, "call-sent", call="left#1", method="go_for"),
        at(-398, Source.SERVER, "call-begun", call="left#1", method="GoFor"),
        at(-397, Source.LINK, "tx", text=":7 move a\\n", hex="3a"),
        at(-397, Source.LINK, "motion", verb="move", axis="a", seq=7),
        at(-396, Source.LINK, "rx", text="=7 ", hex="3d"),
        at(-395, Source.LINK, "rx", text="ok\\n", hex="6f"),
        at(-395, Source.BOARD, "state", axis="a", state="moving"),
        at(-395, Source.PINS, "drive", axis="a", duty_permille=750),
        at(0, Source.JUDGE, "strike", trigger="client-close"),
        at(0, Source.CLIENT, "call-returned", call="left#1", outcome="error"),
        at(1, Source.SERVER, "call-cancelled", call="left#1"),
        at(1.5, Source.LINK, "tx", text="A", hex="41"),
        at(1.5, Source.LINK, "stop", axis="a", how="byte"),
        at(2, Source.BOARD, "stop-byte", axis="a"),
        at(2, Source.PINS, "drive", axis="a", duty_permille=0),
        at(202, Source.SHAFT, "standstill", axis="a", position_rev=0.9),
        at(203, Source.SERVER, "call-ended", call="left#1", outcome="cancelled"),
        at(300, Source.JUDGE, "rest", at_rest=True),
    ]
    for ms in range(-395, 204, 2):
        speed = 2.0 if ms < 2 else 2.0 * (1 - (ms - 2) / 200)
        position = (ms + 395) / 1000
        data: dict[str, Scalar] = {"axis": "a", "position_rev": position}
        events.append(
            at(ms, Source.SHAFT, "sample", **data, speed_rev_s=max(0.0, speed))
        )
    return Trace([*events, *more])


def run_folder(
    folder: Path,
    cases: Sequence[CaseResult] = (),
    trace: Trace | None = None,
    run: RunResult | None = None,
) -> Path:
    """Write a run of *cases* into *folder*, each with *trace*."""
    taken = cases or (stopped_case(),)
    the_trace = trace or a_stop()
    for one in taken:
        place = folder / one.folder
        place.mkdir(parents=True, exist_ok=True)
        the_trace.write(place / "trace.jsonl")
    write_run(replace(run or run_of(), cases=tuple(taken)), folder)
    return folder


def page_of(*folders: Path) -> str:
    """Return the page about the runs in *folders*."""
    out = folders[0] / "report.html"
    return write_page(read_runs(folders), out).read_text(encoding="utf-8")
