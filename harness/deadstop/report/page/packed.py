"""What a page carries for each case, packed so that a hundred of them are light.

A case is JSON, compressed, in base64: nothing in it can end the element that holds
it, and the browser unpacks a case when it is opened, not before.
"""

import base64
import gzip
import json
from collections.abc import Sequence
from typing import Final

from deadstop.report.page.drawing import timeline_of
from deadstop.report.page.matrix import WORST_FIRST, anchor
from deadstop.report.page.saved import SavedRun, command_of
from deadstop.report.page.timeline import Lane, Timeline, Tone
from deadstop.report.text import give_or_take, safe, shown
from deadstop.results import CaseResult, Verdict
from deadstop.trace import TraceFileError

__all__ = ["MOST_CHARACTERS", "inert_json", "packed_cases"]

# Of all cases together. A case takes some 10,000; a browser opens a page of this size
# at once, and a mail server still takes it.
MOST_CHARACTERS: Final = 20_000_000

_LEVEL: Final = 6  # the default of zlib; 9 takes thrice as long for 2 % less
_TONES: Final = list(Tone)
_NO_ROOM: Final = (
    "no timeline: the page would be too large with all of them; make one of fewer cases"
)


def inert_json(document: object) -> str:
    """Return JSON that can end no element and begin none, whatever is in it."""
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def packed_cases(
    runs: Sequence[SavedRun], most: int = MOST_CHARACTERS
) -> dict[str, str]:
    """Return all that is shown of each case, packed, by its anchor.

    Once *most* characters are spent, those that fared best have no timeline; they
    say so.
    """
    numbered = [
        (anchor(saved, number), saved, case)
        for saved in runs
        for number, case in enumerate(saved.run.cases)
    ]
    packed = {}
    left = most
    for name, saved, case in sorted(
        numbered, key=lambda one: WORST_FIRST.index(one[2].outcome)
    ):
        packed[name] = _packed(_document(saved, case, drawn=left > 0))
        left -= len(packed[name])
    return {name: packed[name] for name, _, _ in numbered}


def _packed(document: dict[str, object]) -> str:
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), _LEVEL, mtime=0)).decode()


def _document(saved: SavedRun, case: CaseResult, *, drawn: bool) -> dict[str, object]:
    timeline, note = _drawn(saved, case) if drawn else (None, _NO_ROOM)
    return {
        "motion": safe(case.motion),
        "trigger": safe(case.trigger),
        "moment": safe(case.moment),
        "reached": safe(case.moment_reached),
        "hosting": safe(case.hosting),
        "repeat": case.repeat,
        "plays": case.plays,
        "took": f"{case.duration_s:.2f} s",
        "outcome": case.outcome.value,
        "verdicts": [_verdict(verdict) for verdict in case.verdicts],
        "legs": [
            {
                "name": safe(leg.name),
                "s": leg.seconds,
                "text": give_or_take(leg.seconds, leg.error_s),
            }
            for leg in case.legs
        ],
        "joints": [
            [
                safe(joint.axis),
                shown(joint.moving_for_s, "s"),
                str(joint.travel_steps),
                f"{joint.travel_deg:.4g}",
                shown(joint.last_edge_us, "us"),
            ]
            for joint in case.joints
        ],
        "command": safe(command_of(saved.run, case), 2000),
        "folder": safe(saved.folder / case.folder, 2000),
        "note": note,
        "timeline": timeline,
    }


def _drawn(saved: SavedRun, case: CaseResult) -> tuple[dict[str, object] | None, str]:
    """Return the timeline, and what a reader has to know of it."""
    try:
        drawn = timeline_of(saved.trace_of(case), case, saved.run.limits)
    except (TraceFileError, ValueError, TypeError) as error:
        return None, f"no timeline: {safe(error)}"
    if not drawn.left_out:
        return _timeline(drawn), ""
    return _timeline(drawn), (
        f"{drawn.left_out} events, those furthest from the trigger, are too many to "
        "draw; see the trace"
    )


def _verdict(verdict: Verdict) -> dict[str, object]:
    return {
        "invariant": safe(verdict.invariant),
        "outcome": verdict.outcome.value,
        "measured": verdict.measured,
        "limit": verdict.limit,
        "unit": safe(verdict.unit),
        "shown": ""
        if verdict.measured is None
        else shown(verdict.measured, verdict.unit),
        "allowed": "" if verdict.limit is None else shown(verdict.limit, verdict.unit),
        "detail": safe(verdict.detail),
    }


def _timeline(timeline: Timeline) -> dict[str, object]:
    return {
        "struck": timeline.struck,
        "begin": timeline.begin_ms,
        "end": timeline.end_ms,
        "tones": [tone.value for tone in _TONES],
        "lanes": [_lane(lane) for lane in timeline.lanes],
        "charts": [
            {
                "name": chart.name,
                "unit": chart.unit,
                "stepped": chart.stepped,
                "curves": [
                    {
                        "axis": safe(curve.axis),
                        "at": curve.at_ms,
                        "values": curve.values,
                    }
                    for curve in chart.curves
                ],
                "bands": [[band.value, safe(band.label)] for band in chart.bands],
            }
            for chart in timeline.charts
        ],
        "lines": [[line.at_ms, line.label, line.kind.value] for line in timeline.lines],
    }


def _lane(lane: Lane) -> dict[str, object]:
    return {
        "name": lane.name,
        "spans": [
            [s.begin_ms, s.end_ms, s.label, s.detail, _TONES.index(s.tone)]
            for s in lane.spans
        ],
        "marks": [
            [m.at_ms, m.label, m.detail, _TONES.index(m.tone)] for m in lane.marks
        ],
    }
