"""Fixtures of the senders' tests. What the world is made of stands in `world.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.nudge_senders.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "home")


@pytest.fixture
def live_world(tmp_path: Path) -> World:
    made = World(tmp_path / "home", namespace="prod/live")
    made.ledger.open_namespace("prod/live", who="a person")
    return made
