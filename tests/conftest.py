"""Fixtures that more than one folder of tests uses, and what runs beside what."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from deadstop.hosting import Zygote

HERE: Final = Path(__file__).parent

# No test passes or fails by wall time.
settings.register_profile("deadstop", deadline=None, derandomize=True)
# To look further: HYPOTHESIS_PROFILE=explore pytest ...
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "deadstop"))


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Keep together, where there are several workers, what must not be parted.

    Cases on the real clock take turns: beside one of them runs what only computes.
    The firmware is built once for all that look at it.
    """
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        folder = (
            item.path.relative_to(HERE).parts[0] if HERE in item.path.parents else ""
        )
        if item.get_closest_marker("wall_clock") or folder == "examples":
            item.add_marker(pytest.mark.xdist_group("wall-clock"))
        elif folder == "firmware":
            item.add_marker(pytest.mark.xdist_group("firmware"))


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """One warmed-up parent process for the whole session."""
    parent = Zygote()
    parent.start()
    yield parent
    parent.close()
