"""Text that may come from anywhere cannot act on a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadstop.report.text import error_ms, give_or_take, milliseconds, safe, shown

OBEYED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(st.text(alphabet=st.characters()))
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    """Whatever the text is, it stays on its line and can be encoded."""
    told = safe(text)

    assert not {unicodedata.category(character) for character in told} & OBEYED
    told.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("two\nlines\r", r"two\nlines\r"),
        ("lone \ud800", r"lone \ud800"),
        ("µ-Motor, 90°", "µ-Motor, 90°"),
    ],
)
def test_what_is_hidden_becomes_visible_and_the_rest_stays(
    text: str, told: str
) -> None:
    """A person sees that something was there."""
    assert safe(text) == told


def test_a_long_text_is_cut_and_says_so() -> None:
    """A component cannot fill the screen."""
    assert safe("x" * 1000, most=10) == "xxxxxxx..."


@pytest.mark.parametrize(
    ("figure", "unit", "told"),
    [
        (None, "s", "none"),
        (0.0007, "s", "0.7 ms"),
        (0.2426, "s", "243 ms"),
        (10.0, "s", "10000 ms"),
        (0.80006, "rev", "0.8001 rev"),
        (3, "", "3"),
    ],
)
def test_a_figure_has_the_unit_that_people_use(
    figure: float | None, unit: str, told: str
) -> None:
    """Times are in milliseconds."""
    assert shown(figure, unit) == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.0, "0 ms"), (0.00012345, "0.123 ms"), (0.0999, "99.9 ms")]
)
def test_a_time_has_three_digits(seconds: float, told: str) -> None:
    """No more are ever meant."""
    assert milliseconds(seconds) == told


@pytest.mark.parametrize(
    ("error_s", "told"),
    [
        (0.0, "0 ms"),
        (1e-9, "1e-06 ms"),
        (0.0081, "8.1 ms"),
        (0.00811, "8.2 ms"),
        (0.0996, "100 ms"),
        (1.2345, "1300 ms"),
    ],
)
def test_an_error_is_rounded_up(error_s: float, told: str) -> None:
    """A bar that is told too small would not hold what it says."""
    assert error_ms(error_s) == told


def test_a_time_stands_before_its_error_in_one_piece() -> None:
    """No line may break in between; an exact one has none behind it."""
    assert give_or_take(0.2141, 0.0086) == "214\xa0\xb1\xa08.6 ms"
    assert give_or_take(0.2141, 0.0) == "214 ms"
