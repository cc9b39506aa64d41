"""The terminal's lines about stepped joints: which still moved, how long, how far."""

import statistics

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deadstop.report.text import milliseconds, safe
from deadstop.results import JointStop, RunResult

__all__ = ["print_joints"]


def print_joints(run: RunResult, console: Console) -> None:
    """Print one line for each joint; nothing where no joint is stepped."""
    joints: dict[str, list[JointStop]] = {}
    for case in run.cases:
        for joint in case.joints:
            joints.setdefault(joint.axis, []).append(joint)
    if not joints:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("joint")
    for heading in ("moved on in", "for, median", "max", "steps", "deg", "last edge"):
        table.add_column(heading, justify="right")
    for axis, stops in sorted(joints.items()):
        table.add_row(Text(safe(axis)), *_figures(stops))
    console.print()
    console.print(table)


def _figures(stops: list[JointStop]) -> tuple[str, ...]:
    went_on = [stop for stop in stops if stop.moving_for_s != 0]
    times_s = [s.moving_for_s for s in went_on if s.moving_for_s is not None]
    edges_us = [s.last_edge_us for s in stops if s.last_edge_us is not None]
    never = len(times_s) < len(went_on)
    most_s = milliseconds(max(times_s)) if times_s else ""
    return (
        f"{len(went_on)} of {len(stops)}",
        milliseconds(statistics.median(times_s)) if times_s else "",
        "never still" if never else most_s,
        str(max(stop.travel_steps for stop in stops)),
        f"{max(stop.travel_deg for stop in stops):.2f}",
        f"{max(edges_us):.1f} us" if edges_us else "",
    )
