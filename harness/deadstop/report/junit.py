"""`report.xml`: the run as JUnit, for CI servers."""

from dataclasses import asdict
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from deadstop.report.text import how_to_mend, safe, shown
from deadstop.results import CaseResult, Outcome, RunResult, Verdict

__all__ = ["FILE_NAME", "write_junit"]

FILE_NAME: Final = "report.xml"


def write_junit(run: RunResult, folder: Path) -> None:
    """Write `report.xml` into *folder*: a test case for each case."""
    broken = _broken(run)
    suite = ET.Element(
        "testsuite",
        name=f"deadstop {safe(run.rig_name)}",
        tests=str(len(run.cases) + len(broken)),
        failures=str(run.summary["fail"]),
        errors=str(len(broken)),
        skipped=str(run.summary["unchecked"]),
        time=f"{sum(case.duration_s for case in run.cases):.3f}",
    )
    for case in run.cases:
        suite.append(_case(case))
    for name, message in broken.items():
        element = ET.SubElement(suite, "testcase", name=name, classname="deadstop.run")
        ET.SubElement(element, "error", message=safe(message))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    ET.ElementTree(root).write(
        folder / FILE_NAME, encoding="utf-8", xml_declaration=True
    )


def _broken(run: RunResult) -> dict[str, str]:
    """Return what went wrong with the run as a whole: a CI server must see it."""
    broken = {}
    if not run.at_rest:
        broken["at rest"] = "the rig could not be confirmed at rest"
    if run.error:
        broken["to the end"] = run.error
    elif run.interrupted:
        broken["to the end"] = "the run was interrupted"
    return broken


def _case(case: CaseResult) -> ET.Element:
    name = f"{case.trigger}/{case.moment}"
    if case.repeat > 1:
        name += f" #{case.repeat}"
    element = ET.Element(
        "testcase",
        name=safe(name),
        classname=f"deadstop.{safe(case.motion)}",
        time=f"{case.duration_s:.3f}",
    )
    if case.legs or case.joints:
        _properties(ET.SubElement(element, "properties"), case)
    failed = [v for v in case.verdicts if v.outcome is Outcome.FAIL]
    if failed:
        failure = ET.SubElement(
            element,
            "failure",
            type=safe(failed[0].invariant),
            message=_line(failed[0]),
        )
        lines = [*map(_line, failed), "", "what each means, and how to mend it:"]
        lines += [safe(how_to_mend(verdict.invariant)) for verdict in failed]
        failure.text = "\n".join(lines)
    elif case.outcome is Outcome.UNCHECKED:
        ET.SubElement(element, "skipped", message="nothing could be checked")
    told = ET.SubElement(element, "system-out")
    told.text = "\n".join(f"{v.outcome.value} {_line(v)}" for v in case.verdicts)
    return element


def _properties(element: ET.Element, case: CaseResult) -> None:
    """Tell how long each leg took, and how sure that is; of each joint how it moved."""
    for leg in case.legs:
        for figure, value in (("s", leg.seconds), ("error_s", leg.error_s)):
            name = safe(f"latency.{leg.name}_{figure}".replace(" ", "_"))
            ET.SubElement(element, "property", name=name, value=f"{value:.9g}")
    for joint in case.joints:
        figures = asdict(joint)
        axis = figures.pop("axis")
        for name, value in figures.items():
            told = "never" if value is None else f"{value:.9g}"
            if value is None and name == "last_edge_us":
                continue  # none came behind a stop byte
            ET.SubElement(
                element, "property", name=safe(f"joint.{axis}.{name}"), value=told
            )


def _line(verdict: Verdict) -> str:
    figures = ""
    if verdict.limit is not None:
        figures = (
            f" (measured {shown(verdict.measured, verdict.unit)}, "
            f"limit {shown(verdict.limit, verdict.unit)})"
        )
    return safe(f"{verdict.invariant}: {verdict.detail}{figures}")
