"""`run.json`: the run as other tools read it; schema 1."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any, Final

from pydantic import ValidationError

from deadstop.errors import UsageError
from deadstop.results import CaseResult, Leg, Outcome, RunResult, Verdict
from deadstop.rig import Limits

__all__ = ["FILE_NAME", "SCHEMA", "as_json", "read_run", "write_run"]

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
            "limits": run.limits.model_dump(),
        },
        "component": run.component,
        "seed": run.seed,
        "clock": run.clock,
        "at_rest": run.at_rest,
        "interrupted": run.interrupted,
        "cases": [_case(case) for case in run.cases],
        "summary": run.summary,
        "exit_code": int(run.exit_code),
    }
    return json.dumps(document, indent=1) + "\n"


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
                "measured": verdict.measured,
                "limit": verdict.limit,
                "unit": verdict.unit,
                "detail": verdict.detail,
            }
            for verdict in case.verdicts
        ],
        "legs": [{"name": leg.name, "seconds": leg.seconds} for leg in case.legs],
        "folder": case.folder,
        "duration_s": case.duration_s,
    }


def write_run(run: RunResult, folder: Path) -> None:
    """Write `run.json` into *folder*."""
    (folder / FILE_NAME).write_text(as_json(run), encoding="utf-8")


def read_run(folder: Path) -> RunResult:
    """Read the run in *folder*.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    path = folder / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{folder} is no run's folder: cannot read {FILE_NAME}: {error}"
        ) from error
    try:
        document = json.loads(text)
        schema = document["schema"]
        if schema != SCHEMA:
            raise UsageError(
                f"{path}: schema {schema!r} is not {SCHEMA}; "
                "use the deadstop that wrote it"
            )
        return _run_from(document)
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        first = str(error).splitlines()[0]
        raise UsageError(
            f"{path}: not a run: {type(error).__name__}: {first}"
        ) from error


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
        at_rest=bool(document["at_rest"]),
        interrupted=bool(document["interrupted"]),
    )


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
                measured=verdict["measured"],
                limit=verdict["limit"],
                unit=str(verdict["unit"]),
            )
            for verdict in case["verdicts"]
        ),
        legs=tuple(
            Leg(str(leg["name"]), float(leg["seconds"])) for leg in case["legs"]
        ),
        folder=str(folder),
        duration_s=float(case["duration_s"]),
    )
