"""The page itself: everything it needs goes into one file, and out of it nothing."""

import base64
import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from deadstop.report.own_file import replace_own
from deadstop.report.page.latencies import distributions, latency_table
from deadstop.report.page.matrix import MARKS, anchor, matrix_of
from deadstop.report.page.overview import overview_of
from deadstop.report.page.packed import inert_json, packed_cases
from deadstop.report.page.saved import SavedRun
from deadstop.report.text import safe

__all__ = ["COMPARED_NAME", "PAGE_NAME", "render", "write_page"]

PAGE_NAME: Final = "report.html"
COMPARED_NAME: Final = "compared.html"  # beside the first run's own page
_BEGIN: Final = "<!doctype html>\n<!-- A report of deadstop's. -->\n"
_ASSETS: Final = files("deadstop.report") / "assets"
_STYLES: Final = ("uPlot.min.css", "report.css")
_SCRIPTS: Final = (
    "uPlot.iife.min.js",
    "shared.js",
    "lanes.js",
    "overlay.js",
    "timeline.js",
    "case.js",
    "latency.js",
    "page.js",
)


def write_page(runs: Sequence[SavedRun], out: Path) -> Path:
    """Write the page about *runs* to *out*, all of it or none; return *out*.

    Raises:
        UsageError: *out* cannot be written, or has something else in it.
    """
    text = render(runs)
    return replace_own(out, _BEGIN, "--out", lambda file: file.write(text))


def render(runs: Sequence[SavedRun]) -> str:
    """Return the page about *runs*: the same runs give the same page."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    styles = [_asset(name) for name in _STYLES]
    scripts = [_asset(name) for name in _SCRIPTS]
    page = environment.from_string(_asset("report.html.j2")).render(
        policy=_policy(styles, scripts),
        styles=[Markup(text) for text in styles],  # noqa: S704 - our own file
        scripts=[Markup(text) for text in scripts],  # noqa: S704 - our own file
        version=version("deadstop"),
        overview=overview_of(runs),
        tables=matrix_of(runs),
        marks=[(mark, outcome.value) for outcome, mark in MARKS.items()],
        latencies=latency_table(runs),
        index=Markup(inert_json(_index(runs))),  # noqa: S704 - cannot end its element
        cases=[
            (name, Markup(packed))  # noqa: S704 - base64
            for name, packed in packed_cases(runs).items()
        ],
        runs=runs,
    )
    return _BEGIN + page


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _shown(value: object) -> object:
    """Make text from elsewhere visible, before it is escaped."""
    return value if isinstance(value, Markup) else safe(value)


def _policy(styles: Sequence[str], scripts: Sequence[str]) -> Markup:
    """Return the page's policy: nothing is loaded, and nothing else may run."""
    return Markup(  # noqa: S704 - made of our own words and of hashes
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"script-src {_hashes(scripts)}; style-src {_hashes(styles)}"
    )


def _hashes(texts: Sequence[str]) -> str:
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests)


def _index(runs: Sequence[SavedRun]) -> dict[str, object]:
    return {
        "runs": [
            {"key": saved.key, "name": f"{safe(saved.folder.name)}"} for saved in runs
        ],
        "cases": [
            [
                anchor(saved, number),
                safe(case.id),
                case.repeat,
                case.outcome.value,
            ]
            for saved in runs
            for number, case in enumerate(saved.run.cases)
        ],
        "latencies": distributions(runs),
    }
