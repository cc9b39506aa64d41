"""`run.json`, as other tools read it and as it is read again."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deadstop.errors import UsageError
from deadstop.report.run_json import as_json, contradictions, read_run, write_run
from deadstop.results import ExitCode, Leg, Provenance, Verdict
from tests.harness.report_values import (
    BARELY,
    HELD,
    HOSTILE,
    JOINTS,
    NOBODY,
    NONE_CAME,
    case,
    run_of,
)


def written(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Write a run into *folder* whose document has been tampered with."""
    document = json.loads(as_json(run_of(case(HELD))))
    change(document)
    (folder / "run.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every field survives, hostile text and an early end included."""
    run = replace(
        run_of(
            case(
                HELD,
                NOBODY,
                legs=(Leg("trigger to operation", 0.0006, 0.0001),),
                joints=JOINTS,
            ),
            case(replace(NONE_CAME, detail=HOSTILE), repeat=2, reached="idle"),
            interrupted=True,
        ),
        board_identity="loopback 1",
        error="the link is gone",
        error_code=ExitCode.LINK_FAULT,
        provenance=Provenance(rig="mine.toml", host="bench", cpus=2, python="3.13"),
    )

    write_run(run, tmp_path)

    assert read_run(tmp_path) == run
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_run_of_before_there_was_a_provenance_is_read(tmp_path: Path) -> None:
    """What is not known is empty."""
    document = json.loads(as_json(run_of(case(HELD))))
    del document["provenance"]
    (tmp_path / "run.json").write_text(json.dumps(document))

    assert read_run(tmp_path).provenance == Provenance()


def test_the_document_has_the_keys_that_other_tools_rely_on() -> None:
    """Schema 1."""
    document = json.loads(as_json(run_of(case(HELD, NOBODY))))

    assert document["schema"] == 1
    assert isinstance(document["deadstop"], str)
    rig = document["rig"]
    assert (rig["name"], rig["board"], rig["proves"]) == (
        "loopback",
        "loopback",
        "wire",
    )
    assert document["component"] == "my_module.motor:MyMotor"
    assert (document["seed"], document["clock"]) == (7, "real")
    (one,) = document["cases"]
    assert one["id"] == "go_for/client-close/cruise"
    assert (one["motion"], one["trigger"], one["moment"]) == (
        "go_for",
        "client-close",
        "cruise",
    )
    assert one["outcome"] == "pass"
    assert one["verdicts"][0] == {
        "invariant": "stop-commanded",
        "outcome": "pass",
        "measured": 0.0007,
        "limit": 0.05,
        "unit": "s",
        "detail": "stop for axis a after 0.7 ms",
    }
    assert document["summary"] == {"pass": 1, "marginal": 0, "fail": 0, "unchecked": 0}
    assert document["exit_code"] == 0


def test_every_joint_is_told_of() -> None:
    """Which were still moving, and for how long; none where none is stepped."""
    document = json.loads(as_json(run_of(case(HELD), case(HELD, joints=JOINTS))))

    without, told = (one["joints"] for one in document["cases"])
    assert without == []
    assert told[0] == {
        "axis": "a",
        "moving_for_s": 0.0021,
        "travel_steps": 34,
        "travel_deg": 0.9563,
        "last_edge_us": 14.2,
    }
    assert [joint["moving_for_s"] for joint in told] == [0.0021, 0.0, None]


def test_a_run_from_before_there_were_joints_is_read(tmp_path: Path) -> None:
    """The field is an addition to the schema."""
    run = read_run(
        written(tmp_path, lambda document: document["cases"][0].pop("joints"))
    )

    assert run.cases[0].joints == ()


def test_infinity_is_not_written_because_json_has_none() -> None:
    """Strict readers can read it."""
    endless = Verdict(
        "stop-commanded", NONE_CAME.outcome, "never", float("inf"), 0.05, "s"
    )

    def refuse(word: str) -> None:
        raise AssertionError(word)

    document = json.loads(as_json(run_of(case(endless))), parse_constant=refuse)

    assert document["cases"][0]["verdicts"][0]["measured"] is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d.update(schema=2), r"schema 2 is not 1; use the deadstop that"),
        (lambda d: d.pop("seed"), r"not a run: it has no 'seed'"),
        (lambda d: d.update(cases=7), r"not a run: "),
        (lambda d: d["cases"][0].update(repeat="often"), r"not a run: "),
        (lambda d: d["cases"][0]["verdicts"][0].update(outcome="fine"), r"not a run: "),
        (lambda d: d["rig"]["limits"].update(stop_commanded_ms=-1), r"not a run: "),
        (lambda d: d["cases"][0].update(folder="/etc"), r"not a run: .*'/etc'"),
        (lambda d: d["cases"][0].update(folder="cases/../../x"), r"not a run: .*leads"),
    ],
)
def test_what_is_no_run_is_refused_in_one_line(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], told: str
) -> None:
    """A run's folder may come from anybody."""
    folder = written(tmp_path, change)

    with pytest.raises(UsageError, match=rf"run\.json: {told}") as caught:
        read_run(folder)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b"7", b"[" * 100_000]
)
def test_what_is_no_json_object_is_refused_in_one_line(
    tmp_path: Path, content: bytes
) -> None:
    """Half a file, a binary, a list."""
    (tmp_path / "run.json").write_bytes(content)

    with pytest.raises(UsageError, match=r"run\.json: not ") as caught:
        read_run(tmp_path)

    assert "\n" not in str(caught.value)


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    """The message says which folder, and what is missing."""
    with pytest.raises(UsageError, match=r"no run's folder: run\.json"):
        read_run(tmp_path / "nowhere")


def test_a_true_run_does_not_contradict_itself(tmp_path: Path) -> None:
    """Outcome, summary and exit code follow from the verdicts."""
    write_run(run_of(case(HELD), case(NONE_CAME), case(BARELY)), tmp_path)

    assert contradictions(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda d: d.update(exit_code=1), "exit_code"),
        (lambda d: d["summary"].update({"pass": 2}), "summary"),
        (lambda d: d["cases"][0].update(outcome="fail"), "outcome of case 0"),
    ],
)
def test_a_run_that_contradicts_itself_is_told(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], named: str
) -> None:
    """What was edited by hand is noticed."""
    (line,) = contradictions(written(tmp_path, change))

    assert named in line


def test_a_trace_whose_result_was_taken_out_is_told(tmp_path: Path) -> None:
    """A failed case cannot be made to have never been."""
    write_run(run_of(case(HELD)), tmp_path)
    left = tmp_path / "cases" / "go_for" / "client-kill" / "cruise"
    left.mkdir(parents=True)
    (left / "trace.jsonl").touch()

    (line,) = contradictions(tmp_path)

    assert "go_for/client-kill/cruise" in line
