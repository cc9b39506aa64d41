"""`deadstop init`: questions or flags in, a rig file and a test file out."""

import asyncio
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import typer

from deadstop.errors import ComponentError, RigFileError, UsageError
from deadstop.report.terminal import make_console
from deadstop.report.text import safe
from deadstop.results import ExitCode
from deadstop.rig import load_rig
from deadstop.rig.model import BOARDS
from deadstop.starter.files import Plan, rig_text, suite_text
from deadstop.starter.look import Look, look_at
from deadstop.starter.motions import propose, usual_axis

__all__ = ["InitWish", "ask_at_terminal", "carry_out_init", "may_ask"]

Ask = Callable[[str, str], str]  # a question and its default; the answer

FIRST_AXIS: Final = "a"


@dataclass(frozen=True, slots=True)
class InitWish:
    """What was given on the command line; empty for what was not.

    Attributes:
        component: ``MODULE:CLASS``.
        rig_file: where the rig goes.
        test_file: where the test goes.
        board: its kind.
        axis: the letters of the axes that the component moves.
        attributes: ``NAME=VALUE`` each.
        force: whether files that are there may be overwritten.
    """

    component: str
    rig_file: Path
    test_file: Path
    board: str
    axis: str
    attributes: tuple[str, ...]
    force: bool = False


def carry_out_init(wish: InitWish, ask: Ask | None) -> ExitCode:
    """Write a rig file and a test file that run.

    Args:
        wish: what is known already.
        ask: asks for the rest; None where there is nobody to be asked.

    Raises:
        UsageError: something is missing or wrong; nothing was written.
        ComponentError: the component cannot be used, or refuses its attributes.
    """
    _require_free(wish)
    plan = _plan(wish, ask)
    texts = {
        wish.rig_file: rig_text(plan),
        wish.test_file: suite_text(plan, str(wish.rig_file)),
    }
    _require_right(texts[wish.rig_file])
    for path, text in texts.items():
        _write(path, text, force=wish.force)
    motions = ", ".join(motion.name for motion in plan.motions)
    console = make_console()
    for line in (
        f"{plan.class_path} is a {plan.api}; its motions: {motions}",
        f"wrote {wish.rig_file} and {wish.test_file}; now try:",
        f"  deadstop run --rig {_as_path(wish.rig_file)}",
        f"  pytest --rig {_as_path(wish.rig_file)} {wish.test_file}",
    ):
        console.print(safe(line), soft_wrap=True)
    return ExitCode.HELD


def _as_path(rig_file: Path) -> str:
    """Return it as `--rig` takes it for a path and not for a name."""
    told = str(rig_file)
    return told if told.endswith(".toml") or "/" in told else f"./{told}"


def _require_free(wish: InitWish) -> None:
    if wish.rig_file.absolute() == wish.test_file.absolute():
        raise UsageError(
            f"--rig-file and --test-file are both {str(wish.rig_file)!r}; name two"
        )
    for path in (wish.rig_file, wish.test_file):
        if path.is_dir():
            raise UsageError(f"{path} is a directory; name a file")
        if (path.exists() or path.is_symlink()) and not wish.force:
            raise UsageError(
                f"{path} is there already; give --force to overwrite it, or another "
                "name with --rig-file or --test-file"
            )
        if not path.parent.is_dir():
            raise UsageError(f"{path}: there is no directory {path.parent}; make it")


def _write(path: Path, text: str, *, force: bool) -> None:
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _require_right(text: str) -> None:
    """Read the rig as `deadstop run` will, before it is put anywhere."""
    with tempfile.TemporaryDirectory(prefix="deadstop-init-") as folder:
        path = Path(folder, "rig.toml")
        path.write_text(text, encoding="utf-8")
        try:
            load_rig(str(path))
        except RigFileError as error:
            what = str(error).removeprefix(f"{path}:")
            raise UsageError(f"no rig can be made of that: line {what}") from error


def _plan(wish: InitWish, ask: Ask | None) -> Plan:
    component = wish.component
    if not component and ask is not None:
        component = ask("The component's class, MODULE:CLASS", "").strip()
    if not component:
        raise UsageError(
            "no component is given; give --component MODULE:CLASS, such as "
            "my_module.motor:MyMotor, or type `deadstop init` in a terminal to be asked"
        )
    _require_known(wish.board, wish.axis)
    given = _parsed(wish.attributes)
    tried: tuple[Mapping[str, Any], ...] = (given,) if given else _guesses(wish)
    plan = Plan(component, "", wish.board, wish.axis, tried[0], ())
    look = asyncio.run(look_at(component, plan.name, tried))
    plan = replace(plan, api=look.api, axis=wish.axis or usual_axis(look.api))
    if ask is not None:
        plan = _asked(plan, wish, ask)
    _require_known(plan.board, plan.axis)
    plan = replace(plan, motions=propose(look.api, look.methods, len(plan.axis)))
    return _with_attributes(plan, look, tried, ask)


def _guesses(wish: InitWish) -> tuple[Mapping[str, Any], ...]:
    """Return what many components want to know; the likelier first."""
    port = {"port": "{port}"}
    with_axis = {**port, "axis": wish.axis or FIRST_AXIS}
    # Most begin with the first axis, unless they are told of another.
    another = wish.axis not in ("", FIRST_AXIS)
    return (with_axis, port) if another else (port, with_axis)


def _asked(plan: Plan, wish: InitWish, ask: Ask) -> Plan:
    """Ask for what the command line left open."""
    board = wish.board or ask(f"The board: {', '.join(BOARDS)}", "loopback").strip()
    axis = wish.axis or ask("Which of its axes it moves, by letter", plan.axis).strip()
    return replace(plan, board=board, axis=axis)


def _require_known(board: str, letters: str) -> None:
    """Refuse what is no board and no axis; empty for what is not known yet."""
    if board and board not in BOARDS:
        raise UsageError(f"unknown board {board!r}; known: {', '.join(BOARDS)}")
    if letters and not (letters.isascii() and letters.isalpha() and letters.islower()):
        raise UsageError(
            f"axis {letters!r}: give the letters of the board's axes that it moves, "
            "such as a, or abc"
        )


def _with_attributes(
    plan: Plan, look: Look, tried: Sequence[Mapping[str, Any]], ask: Ask | None
) -> Plan:
    """Choose attributes that the component has nothing against, and ask for more."""
    complaints = look.complaints
    best = complaints.index("") if "" in complaints else len(tried) - 1
    attributes, complaint = dict(tried[best]), complaints[best]
    while ask is not None:
        if complaint:
            make_console().print(safe(f"It says: {complaint}"), soft_wrap=True)
        told = " ".join(f"{name}={value}" for name, value in attributes.items())
        answer = ask(f"Its attributes: {safe(told)}. One more, NAME=VALUE", "none")
        if answer.strip() in ("", "none"):
            break
        attributes |= _parsed([answer])
        again = asyncio.run(look_at(plan.class_path, plan.name, [attributes]))
        [complaint] = again.complaints
    if complaint:
        raise ComponentError(
            f"component {plan.class_path!r} refuses its attributes: {complaint}; give "
            "what it wants with --attribute NAME=VALUE"
        )
    return replace(plan, attributes=attributes)


def _parsed(pairs: Sequence[str]) -> dict[str, Any]:
    """Read ``NAME=VALUE``; a value is a number, true, false or an array, or text."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.strip().partition("=")
        if not (equals and name):
            raise UsageError(
                f"attribute {pair!r}: write it as NAME=VALUE, such as axis=a"
            )
        found[name] = _value(value)
    return found


def _value(text: str) -> Any:  # noqa: ANN401 - what JSON can say
    try:
        values = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    value = values.pop("value")
    plain = isinstance(value, (str, bool, int, float, list, dict))
    return text if values or not plain else value


def ask_at_terminal(question: str, default: str) -> str:
    """Ask, and return the answer; *default* if there is none."""
    answer: str = typer.prompt(question, default, show_default=bool(default))
    return answer


def may_ask() -> bool:
    """Whether there is somebody at a terminal, on both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()
