"""The pages about the invariants: one for each, whole, and with links that lead."""

import re
from pathlib import Path

import pytest

from deadstop.invariants import INVARIANTS
from deadstop.pages import laws, page_of
from deadstop.rig.model import Limits

DOCS = Path(__file__).resolve().parents[2] / "docs"
HEADINGS = [
    "What is measured",
    "How a component breaks it",
    "How to fix it",
    "`marginal` and `unchecked`",
    "Related",
]
# What each law is held against; the others have no limit of the rig's.
LIMITS = {
    "stop-commanded": {"stop_commanded_ms"},
    "motion-ceased": {
        "standstill_ms",
        "stop_distance_rev",
        "drive_off_us",
        "last_edge_us",
    },
    "stays-stopped": {"quiet_ms"},
    "cleanup-complete": {"cleanup_ms"},
    "honest-state": {"position_tolerance_rev"},
    "honest-outcome": {"position_tolerance_rev"},
    "next-works": {"position_tolerance_rev"},
    "loop-responsive": {"loop_block_ms"},
    "port-released": {"cleanup_ms"},
}


def test_there_is_a_page_for_each_invariant_and_no_other() -> None:
    """And the index has each with its law, as the page says it."""
    pages = {path.stem for path in (DOCS / "invariants").glob("*.md")}
    index = (DOCS / "README.md").read_text(encoding="utf-8")

    assert pages == set(INVARIANTS)
    for name, law in laws():
        row = f"| [{name}](invariants/{name}.md) | {law[0].lower()}{law[1:-1]} |"
        assert row in index


@pytest.mark.parametrize("name", INVARIANTS)
def test_a_page_has_all_that_a_red_verdict_leaves_open(name: str) -> None:
    """What is measured, the mistake, the mend, and what the other outcomes mean."""
    page = page_of(name)

    assert page.startswith(f"# {name}\n\n**")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == HEADINGS
    for part in page.split("\n## ")[2:4]:
        assert "```python\n" in part


@pytest.mark.parametrize("name", INVARIANTS)
def test_the_limits_on_a_page_are_keys_of_a_rig_with_their_defaults(name: str) -> None:
    """Each exists, and a default that is told is the one that it has."""
    page = page_of(name)
    named = set(re.findall(r"`limits\.(\w+)`", page))

    assert LIMITS.get(name, set()) <= named <= set(Limits.model_fields)
    for key, default in re.findall(r"`limits\.(\w+)`[,|] *([\d.]+) ", page):
        assert float(default) == Limits.model_fields[key].default


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: path.stem)
def test_links_in_the_documents_lead_somewhere(path: Path) -> None:
    """Relative ones."""
    text = path.read_text(encoding="utf-8")

    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (path.parent / link).exists(), link
