"""The text of a first rig file and of a first test file."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from deadstop.starter.motions import Motion

__all__ = ["Plan", "rig_text", "suite_text"]

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
# The letters of the axes that the shields have.
_MOTOR_SHIELD: Final = "ab"
_CNC_SHIELD: Final = "abc"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a first rig consists of.

    Attributes:
        class_path: the component, ``MODULE:CLASS``.
        api: its Viam API.
        board: the kind of the board.
        axis: the letters of the axes that the component moves.
        attributes: the component's own.
        motions: what is made to move.
    """

    class_path: str
    api: str
    board: str
    axis: str
    attributes: Mapping[str, Any]
    motions: tuple[Motion, ...]

    @property
    def class_name(self) -> str:
        """The class without its module."""
        return self.class_path.rpartition(":")[2]

    @property
    def name(self) -> str:
        """What rig and component are called: ``MyMotor`` becomes ``my-motor``."""
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", self.class_name).lower()
        plain = re.sub(r"[^a-z0-9-]+", "-", words).strip("-")[:40]
        return plain or "component"

    @property
    def stepped(self) -> bool:
        """Whether its axes are joints that are stepped, as those of an arm are."""
        return self.api == "rdk:component:arm"


def rig_text(plan: Plan) -> str:
    """Return the rig file of *plan*."""
    motions = "\n".join(_motion(plan, motion) for motion in plan.motions)
    return f"""\
# A first rig, made by `deadstop init`: what is tested, where, and what it is to do.
# Run it:  deadstop run --rig THIS_FILE
# Unknown keys and wrong values are errors, told with file and line.

name = {_toml(plan.name)}

# What answers at the far end of the link. `deadstop rigs` lists what there is.
[board]
{_board(plan)}

[components.{plan.name}]
# MODULE:CLASS, imported as `python -m` would in the current directory.
class = {_toml(plan.class_path)}
# The axes of the board that it moves: these are what the harness watches.
axis = {_toml(plan.axis)}

# What its configuration would say on a robot; the names are the component's own.
# {{port}} becomes the path of the port that the harness opened for it.
[components.{plan.name}.attributes]
{_table(plan.attributes)}

# A motion is what the trigger interrupts: a finite one, long enough to be interrupted
# in. The first is tried at every moment, the others half way. `args` are the method's
# own. `next` is made afterwards, to prove that the component still works.
{motions}
{_limits(plan)}"""


def suite_text(plan: Plan, rig_file: str) -> str:
    """Return the test file of *plan*, to be run with *rig_file*."""
    about = f"Does it stop when its caller goes away?  pytest --rig {rig_file}"
    return f'''\
"""{about.translate({34: "'", 92: "/"})}"""

import pytest


@pytest.mark.asyncio
@pytest.mark.parametrize("trigger", ["client-close", "client-deadline", "client-kill"])
async def test_it_stops(run_case, trigger):
    result = await run_case(f"{plan.motions[0].name}/{{trigger}}/cruise")
    assert result.outcome == "pass", result.explain()
'''


def _board(plan: Plan) -> str:
    lines = [f"kind = {_toml(plan.board)}"]
    if plan.stepped and set(plan.axis) <= set(_CNC_SHIELD):
        lines.append('shield = "cnc"  # stepped joints; "motor" is for DC motors')
    elif not set(plan.axis) <= set(_MOTOR_SHIELD):
        last = ord(max(plan.axis)) + 1
        axes = "".join(map(chr, range(ord("a"), last)))
        lines.append(f"axes = {_toml(axes)}")
    return "\n".join(lines)


def _motion(plan: Plan, motion: Motion) -> str:
    lines = [
        f"[motions.{motion.name}]",
        "calls = [",
        _call(plan, motion.called, motion.args),
        "]",
    ]
    if motion.next:
        lines.append("next = [")
        lines += [_call(plan, method, args) for method, args in motion.next]
        lines.append("]")
    return "\n".join(lines) + "\n"


def _call(plan: Plan, method: str, args: Mapping[str, Any]) -> str:
    what = {"component": plan.name, "method": method, "args": args}
    return f"  {_toml(what)},"


def _limits(plan: Plan) -> str:
    head = """\
# What is allowed. Every key may be left out; `deadstop explain` says what each is for.
[limits]
stop_commanded_ms = 50  # from the trigger to the first byte of the stop
"""
    if plan.stepped:
        return f"""{head}\
standstill_ms = 250     # from the trigger to joints that stand
stop_distance_rev = 0.02  # how far a joint may turn from the trigger on
"""
    return f"""{head}\
standstill_ms = 500     # from the trigger to a shaft that stands
stop_distance_rev = 0.6  # how far it may turn from the trigger on
"""


def _table(values: Mapping[str, Any]) -> str:
    lines = [f"{_key(name)} = {_toml(value)}" for name, value in values.items()]
    return "\n".join(lines)


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _toml(name)


def _toml(value: Any) -> str:  # noqa: ANN401 - what JSON can say
    match value:
        case dict():
            pairs = [f"{_key(name)} = {_toml(part)}" for name, part in value.items()]
            return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case str():
            # A JSON text is a TOML one, but for the one control character it leaves.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
        case _:
            return json.dumps(value)
