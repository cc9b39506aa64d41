"""What was found of a deadman: as JSON, and for a person."""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from deadstop.deadman import (
    TOLERANCE_S,
    DeadmanResult,
    LeaseResult,
    MomentResult,
    Spread,
)
from deadstop.report.terminal import MARKS
from deadstop.report.text import safe
from deadstop.results import Outcome

__all__ = ["deadman_json", "print_deadman"]

MS: Final = 1000.0
_DECIMALS: Final = 4  # of a millisecond: more than a CPU cycle
_MOST_WRONG: Final = 12
_PROVES: Final = {
    "wire": "a twin of the firmware keeps its leases",
    "pins": "the real firmware keeps its leases: the pins went dead",
}


def deadman_json(result: DeadmanResult, rig: str, proves: str) -> str:
    """Return *result* as the text of a JSON document."""
    document = {
        "deadman": {
            "rig": rig,
            "proves": proves,
            "firmware": result.firmware,
            "axis": result.axis,
            "seed": result.seed,
            "tolerance_ms": TOLERANCE_S * MS,
            "leases": [_lease(lease) for lease in result.leases],
            "moments": [_moment(moment) for moment in result.moments],
            "wrong": list(result.wrong),
            "outcome": result.outcome.value,
        }
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _lease(lease: LeaseResult) -> Mapping[str, object]:
    return {
        "lease_ms": lease.lease_ms,
        "limit_ms": _spread(lease.limit),
        "longest_gap_ms": _spread(lease.longest_gap),
        "fed": [
            {
                "interval_ms": _ms(fed.interval_s),
                "renewals": fed.renewals,
                "outcome": (Outcome.FAIL if fed.tripped else Outcome.PASS).value,
            }
            for fed in lease.fed
        ],
        "starved": {"runs": lease.starved_runs, "stops": lease.starved_stops},
        "wrong": list(lease.wrong),
        "outcome": lease.outcome.value,
    }


def _moment(moment: MomentResult) -> Mapping[str, object]:
    return {
        "moment": moment.moment,
        "silence": moment.silence,
        "lease_ms": moment.lease_ms,
        "runs": moment.runs,
        "dead_ms": _spread(moment.dead),
        "wrong": list(moment.wrong),
        "outcome": moment.outcome.value,
    }


def _spread(spread: Spread | None) -> Mapping[str, float] | None:
    if spread is None:
        return None
    return {
        "min": _ms(spread.min_s),
        "median": _ms(spread.median_s),
        "max": _ms(spread.max_s),
    }


def _ms(seconds: float) -> float:
    return round(seconds * MS, _DECIMALS)


def print_deadman(result: DeadmanResult, console: Console, proves: str) -> None:
    """Print the whole of *result*; what did not hold comes last."""
    console.print()
    _put(console, Text("drive off after the last renewal, in ms", "dim"))
    console.print(_lease_table(result.leases))
    console.print()
    console.print(_moment_table(result.moments))
    console.print()
    for line in result.wrong[:_MOST_WRONG]:
        told = Text("FAIL ", "bold red")
        _put(console, told.append(safe(line), "default"))
    more = len(result.wrong) - _MOST_WRONG
    if more > 0:
        _put(console, Text(f"... and {more} more"))
    held = result.outcome is Outcome.PASS
    verdict = (
        "the deadman holds: fed it never struck, starved always in time"
        if held
        else "THE DEADMAN CANNOT BE RELIED ON"
    )
    style = "bold green" if held else "bold red"
    _put(console, Text(f"{verdict} (exit code {0 if held else 1})", style))
    _put(console, Text(f"this rig proves: {safe(_PROVES.get(proves, proves))}"))
    board = safe(f"seed {result.seed}; board {result.firmware}, axis {result.axis}")
    _put(console, Text(board))


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for number, heading in enumerate(headings):
        justify: JustifyMethod = "right" if number else "left"
        table.add_column(heading, justify=justify, no_wrap=True)
    return table


def _lease_table(leases: Iterable[LeaseResult]) -> Table:
    table = _table(
        "lease", "min", "median", "max", "limit", "good gap", "fed", "starved", ""
    )
    for lease in leases:
        good = "" if lease.longest_gap is None else _shown(lease.longest_gap.min_s)
        tripped = sum(bool(fed.tripped) for fed in lease.fed)
        table.add_row(
            f"{lease.lease_ms} ms",
            *_figures(lease.limit),
            _limit(lease.lease_ms),
            good,
            f"{lease.renewals}" + (f", {tripped} X" if tripped else ""),
            f"{lease.starved_stops} of {lease.starved_runs}",
            _mark(lease.outcome),
        )
    return table


def _moment_table(moments: Iterable[MomentResult]) -> Table:
    table = _table("silent at", "how", "min", "median", "max", "limit", "runs", "")
    last = ""
    for moment in moments:
        table.add_row(
            moment.moment if moment.moment != last else "",
            moment.silence,
            *_figures(moment.dead),
            _limit(moment.lease_ms),
            str(moment.runs),
            _mark(moment.outcome),
        )
        last = moment.moment
    return table


def _figures(spread: Spread | None) -> tuple[str, str, str]:
    if spread is None:
        return ("none", "", "")
    return (
        _shown(spread.min_s),
        _shown(spread.median_s),
        _shown(spread.max_s),
    )


def _shown(seconds: float) -> str:
    return f"{seconds * MS:.3f}"


def _limit(lease_ms: int) -> str:
    return f"{lease_ms + TOLERANCE_S * MS:g}"


def _mark(outcome: Outcome) -> Text:
    return Text(outcome.value, MARKS[outcome][1])


def _put(console: Console, line: Text) -> None:
    # In a pipe a line stays one, to be searched for; a person reads whole words.
    console.print(line, soft_wrap=not console.is_terminal)
