"""Kinds of values in a rig file, and what they may be."""

import keyword
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

__all__ = [
    "ClassPath",
    "Identifier",
    "Json",
    "ModelName",
    "Name",
    "Positive",
    "Table",
    "beside_the_rig",
    "known_keys",
]


# Kinds of text. Each message says what is allowed; the reader adds the value.


def _text(pattern: str, allowed: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        words = re.split(r"[.:]", value)
        if not compiled.fullmatch(value) or any(map(keyword.iskeyword, words)):
            raise ValueError(allowed)
        return value

    return check


# Names become file names, case ids and resource names.
Name = Annotated[
    str,
    AfterValidator(
        _text(
            r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}",
            "1 to 60 letters a-z, digits, - and _, a letter or digit first",
        )
    ),
]
Identifier = Annotated[
    str,
    AfterValidator(
        _text(r"[A-Za-z][A-Za-z0-9_]*", "a Python name without a leading underscore")
    ),
]
ClassPath = Annotated[
    str,
    AfterValidator(
        _text(
            r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*",
            "MODULE:CLASS, such as 'arduino_actuators.motor:ArduinoMotor'",
        )
    ),
]
ModelName = Annotated[
    str,
    AfterValidator(
        _text(
            r"[\w-]+:[\w-]+:[\w-]+",
            "NAMESPACE:FAMILY:NAME, such as 'deadstop:arduino:motor'",
        )
    ),
]


def beside_the_rig(value: str, info: ValidationInfo) -> str:
    """Return a path that was given relative to the rig file."""
    folder = (info.context or {}).get("folder")
    return str(Path(folder, value)) if value and folder is not None else value


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no float can hold
        return False


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | bool) or (
        isinstance(value, int | float) and _finite(value)
    )


def _json(value: object) -> object:
    def is_json(part: object) -> bool:
        match part:
            case dict():
                return all(map(is_json, part.values()))
            case list():
                return all(map(is_json, part))
            case _:
                return _is_scalar(part)

    if not is_json(value):
        raise ValueError(
            "what JSON can say: finite numbers, text, true, false, arrays and tables"
        )
    return value


Json = Annotated[Any, AfterValidator(_json)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Table(BaseModel):
    """A table of a rig file: nothing unknown, nothing converted, nothing changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def known_keys(table: type[BaseModel]) -> tuple[str, ...]:
    """Return the keys that a table may have, as the file spells them."""
    return tuple(field.alias or name for name, field in table.model_fields.items())
