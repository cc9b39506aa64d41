"""What the gallery came to: a matrix for a person, and JSON."""

import json
from importlib.metadata import version

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deadstop.prove import BrokenRow, Caught, CorrectRow, ProofResult, Row
from deadstop.report.text import counted, safe, shown
from deadstop.results import Verdict

__all__ = ["print_proof", "print_row", "prove_json"]

_MARKS = {
    Caught.NAMED: ("+", "green"),
    Caught.OTHER: ("~", "yellow"),
    Caught.MISSED: ("X", "bold red"),
}


def print_row(row: Row, console: Console) -> None:
    """Print one row of the matrix, as soon as it is known."""
    line = Text()
    if isinstance(row, BrokenRow):
        mark, style = _MARKS[row.caught]
        line.append(f"{mark} {row.component.id:<4}", style)
        line.append(f"{row.component.mistake:<52} ")
        line.append(_caught(row), "" if row.holds else style)
    else:
        mark, style = ("+", "green") if row.holds else ("X", "bold red")
        line.append(f"{mark} ", style)
        line.append(f"{row.component.id + ': ' + row.component.style:<56} ")
        tries = sum(one.plays - 1 for one in row.results)
        passed = f"{counted(len(row.results))} passed{_again(tries + 1)}"
        line.append(passed if row.holds else _alarms(row), "" if row.holds else style)
    console.print(line, soft_wrap=True)


def _caught(row: BrokenRow) -> str:
    if row.error:
        return f"not run: {safe(row.error)}"
    if row.named is not None and row.result is not None:
        again = _again(row.result.plays)
        return f"{row.named.invariant}{_figure(row.named)}{again}"
    wanted = " or ".join(row.component.invariants)
    if row.failed:
        by = ", ".join(f"{verdict.invariant}" for verdict in row.failed)
        return f"by another than {wanted}: {by}"
    return f"MISSED by {wanted}"


def _again(tries: int) -> str:
    if tries == 1:
        return ""
    return f", {tries - 1} played again: this machine was too busy"


def _figure(verdict: Verdict) -> str:
    if verdict.limit is None:
        return ""
    if verdict.measured is None:
        return f" (never; limit {shown(verdict.limit, verdict.unit)})"
    figure = shown(verdict.measured, verdict.unit)
    return f" ({figure}; limit {shown(verdict.limit, verdict.unit)})"


def _alarms(row: CorrectRow) -> str:
    if row.error:
        return f"not run: {safe(row.error)}"
    return f"{len(row.alarms)} FALSE ALARMS in {counted(len(row.results))}"


def print_proof(result: ProofResult, console: Console) -> None:
    """Print what does not hold in detail, and the sums last."""
    for row in result.broken:
        if not row.holds and row.result is not None:
            _say(console, f"{row.component.id} {row.result.explain()}")
    for correct in result.correct:
        for case, verdict in correct.alarms:
            _say(
                console,
                f"{correct.component.id} {case.id}: {verdict.invariant}: "
                f"{verdict.detail}",
            )
    sums = Table(box=None, pad_edge=False, show_header=False)
    broken, missed = result.broken, len(result.broken) - result.caught
    other = result.caught - result.caught_by_named
    cases = sum(len(row.results) for row in result.correct)
    sums.add_row(
        f"{len(broken)} broken:",
        f"{result.caught_by_named} caught by the invariant named, "
        f"{other} by another, {missed} missed",
    )
    sums.add_row(
        f"{len(result.correct)} correct:",
        f"{result.false_alarms} false alarms in {counted(cases)}",
    )
    console.print(sums)
    style = "" if result.exit_code == 0 else "bold red"
    told = " (interrupted)" if result.interrupted else ""
    text = f"{result.wall_s:.0f} s; exit code {int(result.exit_code)}{told}"
    console.print(Text(text, style))


def _say(console: Console, text: str) -> None:
    for line in text.splitlines():
        console.print(Text(safe(line), "red"), soft_wrap=True)


def prove_json(result: ProofResult, seed: int) -> str:
    """Return the sums, and a row for each component."""
    rig = result.rig
    content = {
        "schema": 1,
        "deadstop": version("deadstop"),
        "rig": {"name": rig.name, "board": rig.kinds, "proves": rig.proves},
        "clock": "real",
        "seed": seed,
        "prove": {
            "broken": len(result.broken),
            "caught": result.caught,
            "caught_by_named": result.caught_by_named,
            "correct": len(result.correct),
            "false_alarms": result.false_alarms,
            "wall_s": round(result.wall_s, 1),
            "rows": [_row(row) for row in result.rows],
        },
        "exit_code": int(result.exit_code),
    }
    return json.dumps(content, indent=1) + "\n"


def _row(row: Row) -> dict[str, object]:
    about = {"id": row.component.id, "component": row.component.class_path}
    if isinstance(row, CorrectRow):
        return {
            **about,
            "style": row.component.style,
            "cases": [
                {"id": one.id, "outcome": one.outcome, "tries": one.plays}
                for one in row.results
            ],
            "false_alarms": [
                {"case": case.id, **_verdict(bad)} for case, bad in row.alarms
            ],
            "error": row.error or None,
        }
    return {
        **about,
        "mistake": row.component.mistake,
        "case": row.component.case,
        "named": list(row.component.invariants),
        "caught": row.caught.name.lower(),
        "tries": 0 if row.result is None else row.result.plays,
        "failed": [_verdict(verdict) for verdict in row.failed],
        "error": row.error or None,
    }


def _verdict(verdict: Verdict) -> dict[str, object]:
    return {
        "invariant": verdict.invariant,
        "measured": verdict.measured,
        "limit": verdict.limit,
        "unit": verdict.unit,
        "detail": verdict.detail,
    }
