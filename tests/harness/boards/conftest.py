"""Fixtures for every test of a board."""

import pytest

from tests.harness.boards.arm_twin import ArmTwin
from tests.harness.boards.twin import Twin


@pytest.fixture
def twin() -> Twin:
    """A board with a session and two axes at rest."""
    twin = Twin()
    twin.wait(0.1)
    twin.hello()
    return twin


@pytest.fixture
def arm() -> ArmTwin:
    """An arm with a session and three joints at rest."""
    return ArmTwin()
