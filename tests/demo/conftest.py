"""One generated world for all readers, and copies of it for those who change it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from dagster_project.demo.generator import generate

NOW = datetime(2026, 3, 12, 14, 7, 33, 250000, tzinfo=UTC)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default demo, without any tick on it."""
    path = tmp_path_factory.mktemp("demo") / "warehouse.duckdb"
    generate(path, now=NOW)
    return path


@pytest.fixture
def reading(world: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(world), read_only=True) as connection:
        yield connection


@pytest.fixture
def own_world(world: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copy(world, tmp_path / "warehouse.duckdb"))


@pytest.fixture
def foreign_warehouse(tmp_path: Path) -> Path:
    """Somebody's own warehouse, with a table that must not be lost."""
    path = tmp_path / "mine.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema segment; create table segment.tracks as select 1 as id")
    return path
