"""A run for ui.perfetto.dev, in the Trace Event Format that it reads.

A case is a process, a layer a thread in it. Times are those of the trace, in us since
its first event: cases of the real clock lie one behind the other, as they were run.
The format: "Trace Event Format", Google, 2016.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final, TypeAlias

from deadstop.errors import UsageError
from deadstop.report.own_file import replace_own
from deadstop.report.page.drawing import timeline_of
from deadstop.report.page.saved import SavedRun
from deadstop.report.page.timeline import Lane, Timeline
from deadstop.report.text import safe
from deadstop.results import CaseResult
from deadstop.trace import Source, Trace, TraceFileError

__all__ = ["write_perfetto"]

_Row: TypeAlias = dict[str, object]
_BEGIN: Final = '{"otherData":{"writer":"deadstop"},"traceEvents":['
_US: Final = 1000  # in a ms


def write_perfetto(runs: Sequence[SavedRun], out: Path) -> Path:
    """Write the traces of all cases of *runs* to *out*; return *out*.

    Raises:
        UsageError: a trace cannot be read, *out* cannot be written, or it has something
            else in it.
    """

    def write(file: IO[str]) -> None:
        file.write(_BEGIN)
        separator = "\n"
        for row in _rows(runs):
            file.write(separator + json.dumps(row, separators=(",", ":")))
            separator = ",\n"
        file.write("\n]}\n")

    return replace_own(out, _BEGIN, "--perfetto", write)


def _rows(runs: Sequence[SavedRun]) -> Iterator[_Row]:
    process = 0
    for saved in runs:
        first_s: float | None = None
        for case in saved.run.cases:
            process += 1
            try:
                trace = saved.trace_of(case)
                timeline = timeline_of(trace, case, saved.run.limits)
            except (TraceFileError, ValueError, TypeError) as error:
                raise UsageError(f"case {case.id}: {safe(error)}") from error
            zero_s = _zero_s(trace)
            if first_s is None:
                first_s = zero_s + timeline.begin_ms / 1000
            name = safe(case.id if case.repeat == 1 else f"{case.id} #{case.repeat}")
            if len(runs) > 1:
                name = f"{saved.key}: {name}"
            yield _meta("process_name", process, 0, {"name": name})
            yield _meta("process_sort_index", process, 0, {"sort_index": process})
            yield from _case(process, (zero_s - first_s) * 1e6, timeline, case)


def _zero_s(trace: Trace) -> float:
    """Return the time that the case's timeline calls zero."""
    events = tuple(trace)
    for event in events:
        if event.source is Source.JUDGE and event.kind == "strike":
            return event.t_s
    return events[0].t_s if events else 0.0


def _case(
    process: int, zero_us: float, timeline: Timeline, case: CaseResult
) -> Iterator[_Row]:
    for thread, lane in enumerate(timeline.lanes, start=1):
        yield _meta("thread_name", process, thread, {"name": lane.name})
        yield _meta("thread_sort_index", process, thread, {"sort_index": thread})
        yield from _lane(process, thread, zero_us, lane)
    for line in timeline.lines:
        yield _row("i", line.label, process, 0, zero_us + line.at_ms * _US) | {"s": "p"}
    for chart in timeline.charts:
        for curve in chart.curves:
            name = f"{chart.name} {safe(curve.axis)}, {chart.unit}"
            for at_ms, value in zip(curve.at_ms, curve.values, strict=True):
                row = _row("C", name, process, 0, zero_us + at_ms * _US)
                yield row | {"args": {chart.unit: value}}
    for verdict in case.verdicts:
        told = {"verdict": verdict.outcome.value, "seen": safe(verdict.detail)}
        end_us = zero_us + timeline.end_ms * _US
        row = _row("i", safe(verdict.invariant), process, 0, end_us)
        yield row | {"s": "p", "args": told}


def _lane(process: int, thread: int, zero_us: float, lane: Lane) -> Iterator[_Row]:
    for span in lane.spans:
        begin_us = zero_us + span.begin_ms * _US
        row = _row("X", span.label, process, thread, begin_us)
        row["dur"] = round((span.end_ms - span.begin_ms) * _US, 1)
        yield row | {"args": {"detail": span.detail}}
    for mark in lane.marks:
        row = _row("i", mark.label, process, thread, zero_us + mark.at_ms * _US)
        yield row | {"s": "t", "args": {"detail": mark.detail}}


def _row(kind: str, name: str, process: int, thread: int, at_us: float) -> _Row:
    row: _Row = {"ph": kind, "name": name, "cat": "deadstop", "ts": round(at_us, 1)}
    return row | {"pid": process, "tid": thread}


def _meta(name: str, process: int, thread: int, told: _Row) -> _Row:
    return {"ph": "M", "name": name, "pid": process, "tid": thread, "args": told}
