"""What is wrong with a rig file, in one line for its writer."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from deadstop.rig.lines import KeyPath, find_line, key_lines
from deadstop.rig.link import LINKS, DeadstopLinkConfig, FrameConfig, link_decoder
from deadstop.rig.model import (
    BOARDS,
    CallConfig,
    ComponentConfig,
    Limits,
    LoopbackBoardConfig,
    ModuleConfig,
    MotionConfig,
    Rig,
    board_kind,
    known_keys,
)
from deadstop.rig.references import ReferencesError, show
from deadstop.rig.serial_board import UsbConfig

__all__ = ["explain"]

# What pydantic calls a mistake, and what is allowed instead.
_ALLOWED: Final[Mapping[str, str]] = {
    "bool_type": "true or false",
    "dict_type": "a table",
    "finite_number": "a finite number",
    "float_type": "a number",
    "greater_than": "a number above {gt:g}",
    "greater_than_equal": "{ge} or more",
    "int_type": "a whole number",
    "less_than_equal": "{le} or less",
    "literal_error": "{expected}",
    "model_type": "a table",
    "string_type": "text in quotes",
    "too_long": "at most {max_length}",
    "too_short": "at least {min_length}",
    "tuple_type": "an array, in square brackets",
    "union_tag_not_found": "a table",
}
# Tables of which there are kinds: the key that says which, and what there are. Behind
# which part of a path pydantic says it again.
_KINDS: Final[Mapping[str, tuple[str, Mapping[str, type[BaseModel]]]]] = {
    "boards": ("kind", BOARDS),
    "links": ("decoder", LINKS),
}
_KINDS_AT: Final[Mapping[str | int, int]] = {
    "board": 1,
    "boards": 2,
    "link": 1,
    "links": 2,
}
_UNITS: Final = ("ms", "s", "us", "rev", "deg", "rpm", "steps", "counts", "bytes")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class _Mistake:
    line: int
    text: str


def explain(error: ValidationError, data: Mapping[str, Any], text: str) -> str:
    """Return ``LINE: what is wrong; what is allowed`` for the first mistake.

    Args:
        error: what the model says.
        data: what it was given.
        text: the file that the data was read from.
    """
    lines = key_lines(text)
    found: dict[KeyPath, _Mistake] = {}
    for path, what in _mistakes(error, data):
        found.setdefault(path, _Mistake(find_line(lines, path), what))
    first = min(found.values(), key=lambda mistake: mistake.line)
    others = len(found) - 1
    more = f" (and {others} more mistake{'s' if others > 1 else ''})" if others else ""
    return f"{first.line}: {first.text}{more}"


def _mistakes(
    error: ValidationError, data: Mapping[str, Any]
) -> Iterator[tuple[KeyPath, str]]:
    for detail in error.errors(include_url=False):
        context = detail.get("ctx", {})
        cause = context.get("error")
        if isinstance(cause, ReferencesError):
            yield from cause.mistakes
            continue
        path, value = _follow(_without_branch(detail["loc"]), data)
        match detail["type"]:
            case "union_tag_invalid":
                key, kinds = _KINDS[_many(path[0])]
                where = (*path, key)
                known = ", ".join(map(repr, kinds))
                named = _value(value.get(key))
                yield where, f"{_place(where)} is {named}; allowed: {known}"
            case "extra_forbidden":
                yield path, _unknown(path, data)
            case "too_short" if value:
                continue  # said of a list whose elements are bad, beside what they are
            case "missing":
                yield path, _missing(path, data)
            case _ if "[key]" in detail["loc"]:
                allowed = cause or context.get("expected")
                yield path, f"{_place(path)} has a bad name; allowed: {allowed}"
            case "value_error":
                yield path, f"{_place(path)} is {_value(value)}; allowed: {cause}"
            case kind if kind in _ALLOWED:
                allowed = _ALLOWED[kind].format_map(context)
                yield path, f"{_place(path)} is {_value(value)}; allowed: {allowed}"
            case _:
                yield path, f"{_place(path)} is {_value(value)}: {detail['msg']}"


def _without_branch(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Drop the kind that pydantic puts behind the name of a table with kinds."""
    at = _KINDS_AT.get(loc[0]) if loc else None
    if at is None or len(loc) <= at or loc[at] not in _KINDS[_many(loc[0])][1]:
        return loc
    return (*loc[:at], *loc[at + 1 :])


def _many(table: str | int) -> str:
    """Return what tables of the kind of *table* are called together."""
    return f"{table}".removesuffix("s") + "s"


def _follow(loc: Iterable[str | int], data: Any) -> tuple[KeyPath, Any]:  # noqa: ANN401
    """Drop what pydantic adds to the end of a path, such as the branch of a union."""
    path: KeyPath = ()
    for part in loc:
        if part == "[key]" or not isinstance(data, dict | list):
            break
        path = (*path, part)
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(part, int):
            data = data[part]
    return path, data


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return show(value)
        case dict():
            return f"a table of {len(value)}"
        case list():
            return f"an array of {len(value)}"
        case int() if abs(value) >= 10**20:
            return "a number too large to hold"
        case _:
            return show(str(value))[1:-1]


def _place(path: KeyPath) -> str:
    place = ""
    for part in path:
        if isinstance(part, int):
            place += f"[{part}]"
        else:
            key = part if _BARE_KEY.fullmatch(part) else show(part)
            place += f".{key}" if place else key
    return place


def _owner(path: KeyPath) -> str:
    return f"[{_place(path)}]" if path else "the rig"


_TABLES: Final[Mapping[str, type[BaseModel]]] = {
    "components": ComponentConfig,
    "motions": MotionConfig,
    "limits": Limits,
    "module": ModuleConfig,
}


def _table_at(  # noqa: PLR0911 - one for each kind of table
    path: KeyPath, data: Mapping[str, Any]
) -> type[BaseModel]:
    match path:
        case ("board",) | ("boards", _):
            kind = board_kind(_follow(path, data)[1])
            return BOARDS.get(kind or "", LoopbackBoardConfig)
        case ("board", "usb") | ("boards", _, "usb"):
            return UsbConfig
        case ("link",) | ("links", _):
            decoder = link_decoder(_follow(path, data)[1])
            return LINKS.get(decoder or "", DeadstopLinkConfig)
        case ("link", _, _) | ("links", _, _, _):
            return FrameConfig
        case ("motions", _, _, _):
            return CallConfig
        case ("components" | "motions", _) | ("limits" | "module",):
            return _TABLES[str(path[0])]
        case _:
            return Rig


def _unknown(path: KeyPath, data: Mapping[str, Any]) -> str:
    key = str(path[-1])
    table = _table_at(path[:-1], data)
    known = known_keys(table)
    what = f"unknown key {show(key)} in {_owner(path[:-1])}; known: {', '.join(known)}"
    named = [name for name in known if _without_unit(name) == _without_unit(key)]
    if named:
        return f"{what}; every numeric key ends in its unit: did you mean {named[0]}?"
    near = difflib.get_close_matches(key, known, 1)
    if near:
        return f"{what}; did you mean {near[0]}?"
    homes = [
        name for name in Rig.model_fields if key in known_keys(_table_at((name,), data))
    ]
    if table is Rig and homes:
        return f"{what}; write it under [{homes[0]}]"
    _, value = _follow(path, data)
    return f"{what}; it is {_value(value)}: remove it"


def _without_unit(key: str) -> str:
    stem, _, unit = key.rpartition("_")
    return stem if stem and unit.lower() in _UNITS else key


def _missing(path: KeyPath, data: Mapping[str, Any]) -> str:
    field = {
        one.alias or name: one
        for name, one in _table_at(path[:-1], data).model_fields.items()
    }[str(path[-1])]
    about = (field.description or "").rstrip(".")
    return f"{_owner(path[:-1])} has no {path[-1]!r} ({about}); add it"
