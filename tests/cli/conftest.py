"""Fixtures: a house per test, bare or lived in, its warehouse built once per session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.lived_in import live_in
from tests.validation.house import House, build_house, build_warehouse


@pytest.fixture(scope="session")
def bare_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bare") / "warehouse.duckdb"
    build_warehouse(path)
    return path


@pytest.fixture(scope="session")
def lived_in_warehouse(bare_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return live_in(build_house(tmp_path_factory.mktemp("lived_in"), bare_warehouse)).warehouse


@pytest.fixture
def bare_house(tmp_path: Path, bare_warehouse: Path) -> House:
    return build_house(tmp_path, bare_warehouse)


@pytest.fixture
def house(tmp_path: Path, lived_in_warehouse: Path) -> House:
    return build_house(tmp_path, lived_in_warehouse)
