"""Fixtures that more than one folder of tests uses."""

from collections.abc import Iterator

import pytest

from deadstop.hosting import Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """One warmed-up parent process for the whole session."""
    parent = Zygote()
    parent.start()
    yield parent
    parent.close()
