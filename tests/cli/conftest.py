"""Fixtures: a house per test, its warehouse built once per session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.validation.house import House, build_house, build_warehouse


@pytest.fixture(scope="session")
def built_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("built") / "warehouse.duckdb"
    build_warehouse(path)
    return path


@pytest.fixture
def house(tmp_path: Path, built_warehouse: Path) -> House:
    return build_house(tmp_path, built_warehouse)
