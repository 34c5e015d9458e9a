"""Every mart, and every table that keeps state, is on Snowflake what it is on DuckDB after every step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engines.needed import FOR_SNOWFLAKE, skip_without
from tests.engines.parity.expected import Expected, differences_after_every_step
from tests.engines.parity.histories import HISTORIES

pytestmark = pytest.mark.engines


@pytest.mark.parametrize("name", HISTORIES)
def test_every_mart_has_the_rows_that_duckdb_gives_it(
    name: str, expected: Callable[[str], Expected], tmp_path: Path
) -> None:
    skip_without(*FOR_SNOWFLAKE)
    from tests.engines.parity.snowflake_engine import on_snowflake

    there = expected(name)
    with on_snowflake(tmp_path / "engine") as engine:
        assert differences_after_every_step(engine, there) == []
