"""Every mart and every table that keeps state has the same rows on every engine, after every build."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.engines.parity.differences import differences
from tests.engines.parity.duckdb_engine import on_duckdb
from tests.engines.parity.engine import Engine
from tests.engines.parity.histories import History, a_demo, a_nasty_one
from tests.engines.parity.marts import Mart, marts_of
from tests.parsed_project import ParsedProject

pytestmark = pytest.mark.engines

Opened = Callable[[Path, History], AbstractContextManager[Engine]]


def _snowflake(home: Path, history: History) -> AbstractContextManager[Engine]:
    pytest.importorskip("dbt.adapters.snowflake", reason="run: uv sync --group engines")
    pytest.importorskip("fakesnow", reason="run: uv sync --group engines")
    from tests.engines.parity.snowflake_engine import on_snowflake

    return on_snowflake(home)


def _bigquery(home: Path, history: History) -> AbstractContextManager[Engine]:
    pytest.importorskip("dbt.adapters.bigquery", reason="run: uv sync --group engines")
    pytest.importorskip("sqlglot", reason="run: uv sync --group engines")
    from tests.engines.parity.bigquery_engine import on_bigquery

    return on_bigquery(home, history.steps[0][0])


def _built(engine: Engine, history: History, marts: list[Mart]) -> list[dict[Mart, list[dict[str, object]]]]:
    """The rows of every mart after each step."""
    found = []
    for source, as_of in history.steps:
        engine.load(source)
        engine.build(history.project, as_of)
        found.append({mart: engine.rows(mart.schema, mart.name) for mart in marts})
    return found


@pytest.fixture(scope="module", params=[a_demo, a_nasty_one], ids=["demo", "nasty"])
def expected(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, parsed_project: ParsedProject
) -> tuple[History, list[Mart], list[dict[Mart, list[dict[str, object]]]]]:
    """A history, what is compared, and what DuckDB makes of it."""
    folder = tmp_path_factory.mktemp("history")
    history = request.param(folder)
    marts = marts_of(parsed_project.manifest)
    with on_duckdb(folder / "duckdb") as engine:
        return history, marts, _built(engine, history, marts)


@pytest.mark.parametrize("opened", [_snowflake, _bigquery], ids=["snowflake", "bigquery"])
def test_every_mart_has_the_rows_that_duckdb_gives_it(
    expected: tuple[History, list[Mart], list[dict[Mart, list[dict[str, object]]]]],
    opened: Opened,
    tmp_path: Path,
) -> None:
    history, marts, on_duckdb_after = expected
    with opened(tmp_path / "engine", history) as engine:
        found_after = _built(engine, history, marts)

    told = [
        f"after build {number}: {line}"
        for number, (there, here) in enumerate(zip(on_duckdb_after, found_after, strict=True), start=1)
        for mart in marts
        for line in differences(mart.name, mart.key, there[mart], here[mart])
    ]
    assert not told, "\n".join(told)
    # A history in which nothing happens would prove nothing.
    empty = {mart.name for mart in marts if not any(after[mart] for after in on_duckdb_after)}
    assert not {"fct_onboarding_progress", "fct_nudge_decisions", "int_events_kept"} & empty
