"""Fixtures of the senders' tests. What the world is made of stands in `world.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nudge_senders.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A shadow namespace."""
    made = World(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def live_world(tmp_path: Path) -> Iterator[World]:
    """A live namespace that a person has opened."""
    made = World(tmp_path / "home", namespace="prod/live")
    made.ledger.open_namespace("prod/live", who="a person")
    yield made
    made.close()


@pytest.fixture
def closed_world(tmp_path: Path) -> Iterator[World]:
    """A shadow namespace whose file nobody holds between two steps, so that other processes can open it."""
    made = World(tmp_path / "home", is_kept_open=False)
    yield made
    made.close()
