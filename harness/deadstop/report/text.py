"""Text that may come from anywhere, made safe to show."""

import math
import unicodedata
from typing import Final

__all__ = ["counted", "how_to_mend", "milliseconds", "safe", "shown"]

MAX_CHARACTERS: Final = 400
# Control, format (bidi, zero width), surrogate, private use, unassigned.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe(text: object, most: int = MAX_CHARACTERS) -> str:
    """Return *text* on one line, with nothing in it that a terminal would obey.

    Characters beyond *most* are left out.
    """
    shown = str(text)
    if not shown.isprintable():  # the others, which are most, need no second look
        shown = "".join(
            character
            if unicodedata.category(character) not in _HIDDEN
            else ascii(character)[1:-1]
            for character in shown
        )
    return shown if len(shown) <= most else shown[: most - 3] + "..."


def milliseconds(seconds: float) -> str:
    """Return a time as people read it: three significant digits, in ms."""
    ms = seconds * 1000
    if ms >= 100:  # noqa: PLR2004 - three digits before the point already
        return f"{ms:.0f} ms"
    return f"{ms:.3g} ms"


def give_or_take(seconds: float, error_s: float) -> str:
    """Return a time with its error behind it, which is rounded up."""
    if not error_s:
        return milliseconds(seconds)
    between = "\N{NO-BREAK SPACE}\N{PLUS-MINUS SIGN}\N{NO-BREAK SPACE}"
    return milliseconds(seconds).removesuffix(" ms") + between + error_ms(error_s)


def error_ms(error_s: float) -> str:
    """Return an error as people read it: two significant digits, never too small."""
    ms = error_s * 1000
    if ms <= 0:
        return "0 ms"
    scale = 10.0 ** (1 - math.floor(math.log10(ms)))
    return f"{math.ceil(ms * scale - 1e-6) / scale:.4g} ms"


def shown(figure: float | None, unit: str) -> str:
    """Return a figure with its unit; times in ms."""
    if figure is None:
        return "none"
    if unit == "s":
        return milliseconds(figure)
    return f"{figure:.4g} {unit}".rstrip()


def how_to_mend(invariant: str) -> str:
    """Return what to type to read the page about *invariant*."""
    return f"deadstop explain {invariant}"


def counted(cases: int) -> str:
    """Return a number of cases, as people say it."""
    return "1 case" if cases == 1 else f"{cases} cases"
