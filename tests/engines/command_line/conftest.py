"""One ticked demo per engine, shared by all tests of this folder: each takes a minute or two to tick."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.command_line.world import World, demo, on_bigquery, on_duckdb, on_snowflake, tick

_NEEDED = {
    "bigquery": ("dbt.adapters.bigquery", "sqlglot"),
    "snowflake": ("dbt.adapters.snowflake", "fakesnow"),
}
_OPENED = {"bigquery": on_bigquery, "snowflake": on_snowflake}


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo(tmp_path_factory.mktemp("commands"))


@pytest.fixture(scope="session")
def ticked_here(source: Path) -> Iterator[tuple[World, list[dict[str, Any]]]]:
    """DuckDB's world, and the nudges that every ledger holds."""
    with on_duckdb(source.parent / "duckdb", source) as world:
        yield world, tick(world)


@pytest.fixture(scope="session")
def here(ticked_here: tuple[World, list[dict[str, Any]]]) -> World:
    """The world on DuckDB, which the other is compared with."""
    return ticked_here[0]


@pytest.fixture(scope="session")
def nudges(ticked_here: tuple[World, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What the ledger remembers, ordered by nudge_id."""
    return ticked_here[1]


@pytest.fixture(scope="session", params=["bigquery", "snowflake"])
def there(request: pytest.FixtureRequest, source: Path, nudges: list[dict[str, Any]]) -> Iterator[World]:
    """The same world on an engine of the cloud."""
    for module in _NEEDED[request.param]:
        pytest.importorskip(module, reason="run: uv sync --group engines")
    with _OPENED[request.param](source.parent / request.param, source) as world:
        tick(world, nudges)
        yield world
