"""A component that cannot be used is told in one clear line."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from deadstop.cases import case_by_id
from deadstop.errors import ComponentError
from deadstop.hosting import Zygote
from deadstop.hosting.inspection import inspect_component
from deadstop.rig import load_rig
from deadstop.runner import Runner

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(60)]

MOTOR = "from arduino_actuators import ArduinoMotor\n"
CLASS = MOTOR + "class Mine(ArduinoMotor, register=False):\n"


async def test_a_component_is_known_by_its_api(
    attached: Zygote, tmp_path: Path
) -> None:
    """Then the client can be made."""
    spec = "arduino_actuators.motor:ArduinoMotor"

    assert await inspect_component(attached, spec, tmp_path / "log") == (
        "rdk:component:motor"
    )


IMPORTS = {  # what a user's module holds: what is said of it
    "class Mine: pass": "is not a Viam component: it must be a class derived from",
    "Mine = 5": "is not a Viam component: it must be a class derived from",
    "from viam.components.component_base import ComponentBase as Mine": (
        "is not a Viam component: it must be a class derived from"
    ),
    "": ": users_module has no 'Mine'",
    "1 / 0": "does not import: ZeroDivisionError: division by zero",
    "def f(:": "does not import: SyntaxError: ",
    "raise ValueError('first\\nsecond')": "does not import: ValueError: first",
    "import users_friend": "does not import: ModuleNotFoundError: No module named",
    "import sys; sys.exit(3)": "does not import: SystemExit: 3",
    "import os; os._exit(4)": ("does not import: it ended its process (exit code 4)"),
    "import os; os.kill(os.getpid(), 11)": (
        "does not import: it ended its process (exit code -11)"
    ),
    "from viam.components.motor import Motor\nclass Mine(Motor): pass": (
        "does not implement get_position, get_properties, go_for, go_to, "
    ),
}


async def refusal(zygote: Zygote, folder: Path, spec: str) -> str:
    """Return what is said of *spec*, which is no component."""
    with pytest.raises(
        ComponentError, match=rf"^component {re.escape(repr(spec))}"
    ) as raised:
        await inspect_component(zygote, spec, folder / "log")
    return str(raised.value)


@pytest.mark.parametrize("body", IMPORTS)
async def test_what_is_no_component_is_told_in_one_line(
    attached: Zygote, tmp_path: Path, write_module: Callable[[str], str], body: str
) -> None:
    """The component and what is wrong with it."""
    spec = f"{write_module(body)}:Mine"

    said = await refusal(attached, tmp_path, spec)

    assert IMPORTS[body] in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("users_nothing:Mine", "does not import: ModuleNotFoundError: No module named"),
        ("users_module", "write it as MODULE:CLASS, such as arduino_actuators."),
        (":Mine", "write it as MODULE:CLASS, such as arduino_actuators."),
    ],
)
async def test_a_name_that_leads_nowhere_is_told_in_one_line(
    attached: Zygote, tmp_path: Path, spec: str, message: str
) -> None:
    """Or says how to write it."""
    said = await refusal(attached, tmp_path, spec)

    assert message in said
    assert "\n" not in said


MADE = {  # what a user's class does when it is made: what is said of it
    "@classmethod\n    def validate_config(cls, config): raise ValueError('no pin')": (
        "cannot be made as 'left': ValueError: no pin"
    ),
    "@classmethod\n    def new(cls, *_): raise RuntimeError('no chip\\nat all')": (
        "cannot be made as 'left': RuntimeError: no chip"
    ),
    "def __init__(self, *_, **__): raise OSError('gone')": (
        "cannot be made as 'left': OSError: gone"
    ),
    "def __init__(self, *_, **__): __import__('sys').exit('bye')": (
        "cannot be made as 'left': SystemExit: bye"
    ),
    "def __init__(self, *_, **__): __import__('os')._exit(9)": (
        "the component's process ended while being made (exit code 9); its output: "
    ),
}


@pytest.mark.parametrize("body", MADE)
async def test_a_component_that_cannot_be_made_is_told_in_one_line(
    zygote: Zygote, tmp_path: Path, write_module: Callable[[str], str], body: str
) -> None:
    """It imports, and then it does not come to life."""
    spec = f"{write_module(CLASS + '    ' + body)}:Mine"
    rig = load_rig("loopback")

    async with Runner(rig, tmp_path, component=spec, zygote=zygote) as runner:
        with pytest.raises(ComponentError) as raised:
            await runner.run(case_by_id(rig, "go_for/none/idle"))

    assert MADE[body] in str(raised.value)
    assert "\n" not in str(raised.value)
    assert runner.at_rest
