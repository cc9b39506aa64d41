"""`report.html`: all in one file that loads nothing, and nothing in it is obeyed."""

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from deadstop.errors import UsageError
from deadstop.report.page.packed import packed_cases
from deadstop.report.page.render import write_page
from deadstop.report.page.saved import read_runs
from deadstop.results import Provenance
from tests.harness.report.folders import SCRIPT, page_of, run_folder, stopped_case
from tests.harness.report_values import (
    BARELY,
    HELD,
    HOSTILE,
    NOBODY,
    NONE_CAME,
    case,
    run_of,
)


class Parts(HTMLParser):
    """The elements of a page, as a browser would see them."""

    def __init__(self, page: str) -> None:
        """Read *page*."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self._open = tag
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note a text, and in what it is."""
        self.texts.append((self._open, data))


def case_in(page: str, anchor: str) -> dict[str, Any]:
    """Unpack what *page* has of a case."""
    found = re.search(rf'id="data-{anchor}">([A-Za-z0-9+/=]+)</script>', page)
    assert found is not None
    return unpacked(found[1])


def unpacked(packed: str) -> dict[str, Any]:
    """Unpack a case."""
    document: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(packed)))
    return document


def test_the_page_loads_nothing_and_runs_only_its_own_scripts(tmp_path: Path) -> None:
    """No element refers to a file, and the policy allows these scripts and styles."""
    page = page_of(run_folder(tmp_path / "run"))
    parts = Parts(page)

    for _, attributes in parts.tags:
        assert not attributes.keys() & {"src", "srcset", "style", "onclick", "onerror"}
        assert str(attributes.get("href", "#")).startswith("#")
    assert not {tag for tag, _ in parts.tags} & {"link", "img", "iframe", "base"}
    policy = next(
        str(attributes["content"])
        for tag, attributes in parts.tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none';")
    assert "unsafe" not in policy
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert len(scripts) > 4
    for text in (*scripts, *styles):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_the_charting_library_has_its_licence_beside_it(tmp_path: Path) -> None:
    """And the page says whose it is."""
    assets = files("deadstop.report") / "assets"
    code = (assets / "uPlot.iife.min.js").read_text(encoding="utf-8")
    licence = (assets / "uPlot.LICENSE").read_text(encoding="utf-8")
    page = page_of(run_folder(tmp_path / "run"))

    version, holder = code.split("(v")[1].split(")")[0], "2022 Leon Sorokin"
    assert licence.startswith("The MIT License")
    assert f"Copyright (c) {holder}" in licence
    assert f"uPlot {version}, © {holder}, MIT licence" in page


@pytest.mark.parametrize("text", [SCRIPT, f"</script>{SCRIPT}", HOSTILE, "<!--<script"])
def test_text_from_elsewhere_stays_text(tmp_path: Path, text: str) -> None:
    """In every place where a run can have some, and shown as it is."""
    harmless = Parts(page_of(run_folder(tmp_path / "harmless")))
    bad = replace(NONE_CAME, detail=text, invariant=text)
    one = replace(case(bad, HELD), motion=text, trigger=text, moment=text, id=text)
    run = replace(
        run_of(),
        rig_name=text,
        board=text,
        board_identity=text,
        component=text,
        error=text,
        provenance=Provenance(text, text, text, text, text, 2, text, text),
    )

    page = page_of(run_folder(tmp_path / "run", [one], run=run))
    parts = Parts(page)

    count = [tag for tag, _ in parts.tags].count
    assert count("script") == [tag for tag, _ in harmless.tags].count("script")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u202e]", page)
    if text == SCRIPT:
        shown = [data for tag, data in parts.texts if text in data]
        assert len(shown) > 8
        assert case_in(page, "A1")["verdicts"][0]["detail"] == text


def test_the_same_run_gives_the_same_page(tmp_path: Path) -> None:
    """To the byte: it can be compared, and kept beside the run."""
    folder = run_folder(tmp_path / "run")

    assert page_of(folder) == page_of(folder)


def test_a_cell_leads_to_the_worst_of_its_repeats(tmp_path: Path) -> None:
    """And says how many of them came out so."""
    folders = [f"cases/{n}" for n in range(3)]
    verdicts = [HELD, NONE_CAME, BARELY]
    repeats = [
        replace(case(verdict, repeat=n + 1), folder=folder)
        for n, (verdict, folder) in enumerate(zip(verdicts, folders, strict=True))
    ]

    page = page_of(run_folder(tmp_path / "run", repeats))

    assert re.search(r'<a class="fail" href="#A2"[^>]*fail, 1 of 3 repeats"', page)
    assert "1 of 3 cases failed" in page


def test_a_case_says_how_to_run_it_again(tmp_path: Path) -> None:
    """As it was asked for, and safe to paste."""
    made = Provenance(rig="my rig.toml", component="mine:Motor; true")
    run = replace(run_of(), provenance=made, clock="virtual")

    page = page_of(run_folder(tmp_path / "run", [stopped_case(4)], run=run))

    assert case_in(page, "A1")["command"] == (
        "deadstop run --rig 'my rig.toml' --component 'mine:Motor; true' "
        "--motion go_for --trigger trigger-4 --moment cruise --seed 7 --clock virtual"
    )


def test_a_case_without_a_trace_says_so(tmp_path: Path) -> None:
    """Its verdicts are told all the same."""
    folder = run_folder(tmp_path / "run")
    (trace,) = folder.rglob("trace.jsonl")
    trace.unlink()

    shown = case_in(page_of(folder), "A1")

    assert shown["note"].startswith("no timeline: ")
    assert str(trace) in shown["note"]
    assert shown["timeline"] is None
    assert shown["verdicts"][0]["outcome"] == "pass"


def test_a_page_does_not_grow_beyond_measure(tmp_path: Path) -> None:
    """Where there is no room for all timelines, what failed keeps its own."""
    cases = [stopped_case(n) for n in range(4)]
    cases[3] = replace(cases[3], verdicts=(NONE_CAME,))
    runs = read_runs([run_folder(tmp_path / "run", cases)])
    one = len(packed_cases(runs)["A4"])

    packed = packed_cases(runs, most=one + 1)

    documents = [unpacked(text) for text in packed.values()]
    assert [bool(d["timeline"]) for d in documents] == [True, False, False, True]
    assert documents[1]["note"].startswith("no timeline: the page would be too large")
    assert documents[1]["verdicts"]


def test_a_run_that_ended_early_is_not_called_held(tmp_path: Path) -> None:
    """Nor is one that is not at rest: that is said first, and loudest."""
    for number, (run, said) in enumerate(
        [
            (run_of(at_rest=False), "cut motor power before touching it"),
            (replace(run_of(), error="the board is gone"), "the board is gone"),
            (run_of(interrupted=True), "only what had been judged is told"),
        ]
    ):
        page = page_of(run_folder(tmp_path / str(number), run=run))
        assert '<div class="head bad">' in page
        assert said in page
        assert "all held" not in page


def test_what_could_not_be_checked_is_not_called_held(tmp_path: Path) -> None:
    """Nor is what barely held called by its better name."""
    cases = [stopped_case(n) for n in range(4)]
    cases[1] = replace(cases[1], verdicts=(NOBODY,))
    cases[2] = replace(cases[2], verdicts=(BARELY,))

    page = page_of(run_folder(tmp_path / "run", cases))

    assert "3 of 4 cases held, 1 barely, 1 could not be checked" in page
    assert '<div class="head warn">' in page


def test_a_run_without_cases_has_a_page(tmp_path: Path) -> None:
    """It ended before the first one."""
    folder = run_folder(tmp_path / "run")
    document = json.loads((folder / "run.json").read_text())
    document["cases"] = []
    (folder / "run.json").write_text(json.dumps(document))

    assert "nothing could be checked" in page_of(folder)


def test_what_somebody_else_wrote_is_left_alone(tmp_path: Path) -> None:
    """A page of ours is written anew."""
    folder = run_folder(tmp_path / "run")
    runs = read_runs([folder])
    page_of(folder)
    page_of(folder)

    with pytest.raises(UsageError, match=r"run\.json is there, .* give another --out"):
        write_page(runs, folder / "run.json")
    with pytest.raises(UsageError, match="there is no folder"):
        write_page(runs, tmp_path / "nowhere" / "report.html")
    assert not list(folder.glob(".*"))


def test_one_run_is_not_compared_with_itself(tmp_path: Path) -> None:
    """It says which is which."""
    folder = run_folder(tmp_path / "run")
    (tmp_path / "link").symlink_to(folder)

    with pytest.raises(UsageError, match=r"link is the same run as .*run; give"):
        read_runs([folder, tmp_path / "link"])
