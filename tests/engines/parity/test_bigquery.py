"""Every mart, and every table that keeps state, is on BigQuery what it is on DuckDB after every step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engines.needed import FOR_BIGQUERY, skip_without
from tests.engines.parity.expected import Expected, differences_after_every_step
from tests.engines.parity.histories import HISTORIES

pytestmark = pytest.mark.engines


@pytest.mark.parametrize("name", HISTORIES)
def test_every_mart_has_the_rows_that_duckdb_gives_it(
    name: str, expected: Callable[[str], Expected], tmp_path: Path
) -> None:
    skip_without(*FOR_BIGQUERY)
    from tests.engines.parity.bigquery_engine import on_bigquery

    there = expected(name)
    with on_bigquery(tmp_path / "engine", there.steps[0].source) as engine:
        assert differences_after_every_step(engine, there) == []
