"""`report.xml`, as a CI server reads it."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from deadstop.report.junit import write_junit
from deadstop.results import Leg, RunResult
from tests.harness.report_values import (
    BARELY,
    HELD,
    HOSTILE,
    JOINTS,
    NOBODY,
    NONE_CAME,
    TOO_FAR,
    case,
    run_of,
)


def suite_of(run: RunResult, folder: Path) -> ET.Element:
    """Write and parse the report."""
    write_junit(run, folder)
    root = ET.parse(folder / "report.xml").getroot()  # noqa: S314 - our own
    assert root.tag == "testsuites"
    (suite,) = root
    return suite


def test_a_failure_names_invariant_figure_limit_and_detail(tmp_path: Path) -> None:
    """All failed verdicts of the case are in it, the first one in its message."""
    suite = suite_of(run_of(case(HELD, NONE_CAME, TOO_FAR)), tmp_path)

    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("type") == "stop-commanded"
    assert failure.get("message") == (
        "stop-commanded: no stop for axis a reached the wire "
        "(measured none, limit 50 ms)"
    )
    assert failure.text is not None
    assert "motion-ceased: axis a went on (measured 0.8001 rev, limit 0.6 rev)" in (
        failure.text
    )
    assert "\ndeadstop explain stop-commanded\ndeadstop explain motion-ceased" in (
        failure.text
    )


def test_the_counts_are_those_of_the_cases(tmp_path: Path) -> None:
    """Marginal is passed, nothing checked is skipped."""
    run = run_of(case(HELD), case(BARELY), case(NONE_CAME), case(NOBODY))

    suite = suite_of(run, tmp_path)

    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["4", "1", "0", "1"]
    assert len(suite.findall("testcase")) == 4


def test_hostile_text_is_well_formed_xml(tmp_path: Path) -> None:
    """Characters that XML has no place for are written out."""
    run = run_of(case(replace(NONE_CAME, detail=HOSTILE)))

    suite = suite_of(run, tmp_path)

    failure = suite.find("testcase/failure")
    assert failure is not None
    assert r"\x1b[2J" in str(failure.get("message"))
    assert "[bold]&<a>" in str(failure.get("message"))


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (run_of(case(HELD), at_rest=False), "could not be confirmed at rest"),
        (run_of(case(HELD), interrupted=True), "interrupted"),
        (replace(run_of(case(HELD)), error="the link is gone"), "the link is gone"),
    ],
)
def test_what_went_wrong_with_the_run_is_an_error(
    tmp_path: Path, run: RunResult, told: str
) -> None:
    """A CI server must not show it green."""
    suite = suite_of(run, tmp_path)

    error = suite.find("testcase/error")
    assert error is not None
    assert told in str(error.get("message"))
    assert suite.get("errors") == "1"
    assert suite.get("tests") == str(len(suite.findall("testcase")))


def test_repeats_have_names_of_their_own(tmp_path: Path) -> None:
    """Otherwise a CI server would show but one of them."""
    suite = suite_of(run_of(case(HELD), case(HELD, repeat=2)), tmp_path)

    names = [one.get("name") for one in suite.findall("testcase")]
    assert names == ["client-close/cruise", "client-close/cruise #2"]


def test_each_joint_is_told_in_the_properties_of_its_case(tmp_path: Path) -> None:
    """Of a motor there are none."""
    suite = suite_of(run_of(case(HELD), case(HELD, joints=JOINTS)), tmp_path)

    motor, arm = suite.findall("testcase")
    assert motor.find("properties") is None
    told = {
        element.get("name"): element.get("value")
        for element in arm.findall("properties/property")
    }
    assert told["joint.a.moving_for_s"] == "0.0021"
    assert told["joint.a.travel_steps"] == "34"
    assert told["joint.a.last_edge_us"] == "14.2"
    assert told["joint.c.moving_for_s"] == "never"
    assert "joint.b.last_edge_us" not in told


def test_each_latency_is_a_property_of_its_case(tmp_path: Path) -> None:
    """In seconds, for a CI server to draw over its builds; and how sure it is."""
    still = Leg("trigger to shaft still", 0.2, 0.0081)
    legs = (Leg("trigger to operation", 0.00062), still)

    (one,) = suite_of(run_of(case(HELD, legs=legs)), tmp_path).findall("testcase")

    assert [e.attrib for e in one.findall("properties/property")] == [
        {"name": "latency.trigger_to_operation_s", "value": "0.00062"},
        {"name": "latency.trigger_to_operation_error_s", "value": "0"},
        {"name": "latency.trigger_to_shaft_still_s", "value": "0.2"},
        {"name": "latency.trigger_to_shaft_still_error_s", "value": "0.0081"},
    ]
