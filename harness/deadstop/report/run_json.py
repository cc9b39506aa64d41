"""`run.json`: the run as other tools read it; schema 1."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any, Final

from deadstop.errors import UsageError
from deadstop.results import (
    CaseResult,
    ExitCode,
    JointStop,
    Leg,
    Outcome,
    Provenance,
    RunResult,
    Verdict,
)
from deadstop.rig import Limits

__all__ = [
    "FILE_NAME",
    "SCHEMA",
    "as_json",
    "contradictions",
    "read_run",
    "write_run",
]

SCHEMA: Final = 1
FILE_NAME: Final = "run.json"


def as_json(run: RunResult) -> str:
    """Return *run* as the text of a `run.json`."""
    document = {
        "schema": SCHEMA,
        "deadstop": version("deadstop"),
        "rig": {
            "name": run.rig_name,
            "board": run.board,
            "proves": run.proves,
            "identity": run.board_identity,
            "limits": run.limits.model_dump(),
        },
        "component": run.component,
        "seed": run.seed,
        "clock": run.clock,
        "provenance": asdict(run.provenance),
        "at_rest": run.at_rest,
        "interrupted": run.interrupted,
        "error": run.error,
        "error_code": int(run.error_code),
        "cases": [_case(case) for case in run.cases],
        "summary": run.summary,
        "exit_code": int(run.exit_code),
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _finite(figure: float | None) -> float | None:
    # JSON has no word for infinity; a reader of "none" is not misled.
    return figure if figure is not None and math.isfinite(figure) else None


def _case(case: CaseResult) -> dict[str, object]:
    return {
        "id": case.id,
        "motion": case.motion,
        "trigger": case.trigger,
        "moment": case.moment,
        "hosting": case.hosting,
        "moment_reached": case.moment_reached,
        "repeat": case.repeat,
        "outcome": case.outcome.value,
        "verdicts": [
            {
                "invariant": verdict.invariant,
                "outcome": verdict.outcome.value,
                "measured": _finite(verdict.measured),
                "limit": _finite(verdict.limit),
                "unit": verdict.unit,
                "detail": verdict.detail,
            }
            for verdict in case.verdicts
        ],
        "legs": [asdict(leg) for leg in case.legs],
        "joints": [
            {**asdict(joint), "moving_for_s": _finite(joint.moving_for_s)}
            for joint in case.joints
        ],
        "folder": case.folder,
        "duration_s": case.duration_s,
        "plays": case.plays,
    }


def write_run(run: RunResult, folder: Path) -> None:
    """Write `run.json` into *folder*: all of it, or none."""
    unfinished = folder / f".{FILE_NAME}"
    unfinished.write_text(as_json(run), encoding="utf-8")
    unfinished.replace(folder / FILE_NAME)


def read_run(folder: Path) -> RunResult:
    """Read the run in *folder*.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    return _read(folder)[0]


def contradictions(folder: Path) -> list[str]:
    """Return a line for each thing that a run says of itself and that is not so.

    Outcomes, summary and exit code follow from the verdicts; a case that left a trace
    has a result, unless it was the one that did not come to its end.

    Raises:
        UsageError: there is no run in *folder*, or it cannot be read.
    """
    run, document = _read(folder)
    said = {
        "summary": document.get("summary"),
        "exit_code": document.get("exit_code"),
        **{f"outcome of case {n}": c.get("outcome") for n, c in _numbered(document)},
    }
    true = {
        "summary": run.summary,
        "exit_code": int(run.exit_code),
        **{f"outcome of case {n}": c.outcome.value for n, c in enumerate(run.cases)},
    }
    lines = [
        f"{FILE_NAME} says {said[what]!r} for {what}; its verdicts say {truth!r}"
        for what, truth in true.items()
        if said[what] != truth
    ]
    told = {case.folder for case in run.cases}
    left = {
        str(trace.parent.relative_to(folder))
        for trace in (folder / "cases").rglob("trace.jsonl")
    }
    untold = sorted(left - told)
    if len(untold) > (run.interrupted or bool(run.error)):
        lines.append(f"{FILE_NAME} has no result for {', '.join(untold)}")
    return lines


def _numbered(document: Mapping[str, Any]) -> Iterable[tuple[int, Mapping[str, Any]]]:
    return enumerate(document["cases"])


def _read(folder: Path) -> tuple[RunResult, Mapping[str, Any]]:
    path = folder / FILE_NAME
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{folder} is no run's folder: {FILE_NAME} cannot be read: {error.strerror}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not JSON: {error}") from error
    try:
        if document["schema"] != SCHEMA:
            raise UsageError(
                f"{path}: schema {document['schema']!r} is not {SCHEMA}; "
                "use the deadstop that wrote it"
            )
        return _run_from(document), document
    except KeyError as error:
        raise UsageError(f"{path}: not a run: it has no {error}") from error
    except (ValueError, TypeError, AttributeError) as error:
        first = str(error).splitlines()[0]
        raise UsageError(f"{path}: not a run: {first}") from error


def _run_from(document: Mapping[str, Any]) -> RunResult:
    return RunResult(
        rig_name=str(document["rig"]["name"]),
        board=str(document["rig"]["board"]),
        proves=str(document["rig"]["proves"]),
        component=str(document["component"]),
        seed=int(document["seed"]),
        clock=str(document["clock"]),
        cases=tuple(_case_from(case) for case in document["cases"]),
        limits=Limits.model_validate(document["rig"]["limits"]),
        at_rest=_boolean(document["at_rest"]),
        board_identity=str(document["rig"]["identity"]),
        interrupted=_boolean(document["interrupted"]),
        error=str(document["error"]),
        error_code=ExitCode(document["error_code"]),
        provenance=_provenance_from(document.get("provenance", {})),
    )


def _provenance_from(said: Mapping[str, Any]) -> Provenance:
    texts = {
        field.name: str(said.get(field.name, ""))
        for field in fields(Provenance)
        if field.name != "cpus"
    }
    return Provenance(cpus=int(said.get("cpus", 0)), **texts)


def _figure(value: Any) -> float | None:  # noqa: ANN401 - whatever the file has
    return None if value is None else float(value)


def _case_from(case: Mapping[str, Any]) -> CaseResult:
    folder = PurePosixPath(str(case["folder"]))
    if folder.is_absolute() or ".." in folder.parts:
        raise ValueError(f"folder {str(folder)!r} of a case leads out of the run's")
    return CaseResult(
        id=str(case["id"]),
        motion=str(case["motion"]),
        trigger=str(case["trigger"]),
        moment=str(case["moment"]),
        hosting=str(case["hosting"]),
        moment_reached=str(case["moment_reached"]),
        repeat=int(case["repeat"]),
        verdicts=tuple(
            Verdict(
                invariant=str(verdict["invariant"]),
                outcome=Outcome(verdict["outcome"]),
                detail=str(verdict["detail"]),
                measured=_figure(verdict["measured"]),
                limit=_figure(verdict["limit"]),
                unit=str(verdict["unit"]),
            )
            for verdict in case["verdicts"]
        ),
        legs=tuple(
            Leg(str(leg["name"]), float(leg["seconds"]), float(leg.get("error_s", 0.0)))
            for leg in case["legs"]
        ),
        joints=tuple(_joint_from(joint) for joint in case.get("joints", ())),
        folder=str(folder),
        duration_s=float(case["duration_s"]),
        plays=int(case.get("plays", 1)),
    )


def _joint_from(joint: Mapping[str, Any]) -> JointStop:
    return JointStop(
        axis=str(joint["axis"]),
        moving_for_s=_figure(joint["moving_for_s"]),
        travel_steps=int(joint["travel_steps"]),
        travel_deg=float(joint["travel_deg"]),
        last_edge_us=_figure(joint["last_edge_us"]),
    )


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value
