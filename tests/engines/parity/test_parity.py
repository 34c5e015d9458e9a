"""Every mart and every table that keeps state has the same rows on every engine, after every step."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.engines.needed import FOR_BIGQUERY, FOR_SNOWFLAKE, skip_without
from tests.engines.once import made_once
from tests.engines.parity.canonical import hash_of_rows
from tests.engines.parity.differences import differences
from tests.engines.parity.engine import Engine
from tests.engines.parity.expected import Expected, expected_of, rows_after
from tests.engines.parity.histories import a_demo, a_nasty_one
from tests.engines.parity.marts import marts_of
from tests.parsed_project import ParsedProject

pytestmark = pytest.mark.engines

HISTORIES = {"demo": a_demo, "nasty": a_nasty_one}


def _snowflake(home: Path, first_source: Path) -> AbstractContextManager[Engine]:
    skip_without(*FOR_SNOWFLAKE)
    from tests.engines.parity.snowflake_engine import on_snowflake

    return on_snowflake(home)


def _bigquery(home: Path, first_source: Path) -> AbstractContextManager[Engine]:
    skip_without(*FOR_BIGQUERY)
    from tests.engines.parity.bigquery_engine import on_bigquery

    return on_bigquery(home, first_source)


@pytest.fixture(scope="session")
def expected(
    tmp_path_factory: pytest.TempPathFactory, parsed_project: ParsedProject
) -> Callable[[str], Expected]:
    """What DuckDB makes of a history, by its name."""
    marts = marts_of(parsed_project.manifest)

    def of(name: str) -> Expected:
        def make(folder: Path) -> Expected:
            return expected_of(HISTORIES[name](folder), marts, folder / "duckdb")

        return made_once(tmp_path_factory, f"parity_{name}", make)

    return of


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("opened", [_snowflake, _bigquery], ids=["snowflake", "bigquery"])
def test_every_mart_has_the_rows_that_duckdb_gives_it(
    name: str,
    opened: Callable[[Path, Path], AbstractContextManager[Engine]],
    expected: Callable[[str], Expected],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    there = expected(name)
    told, rows = [], 0
    with opened(tmp_path / "engine", there.steps[0].source) as engine:
        for number, (step, on_duckdb) in enumerate(zip(there.steps, there.after, strict=True), start=1):
            here = rows_after(engine, there.project, step, list(on_duckdb))
            told += [
                f"after step {number}: {line}"
                for mart in on_duckdb
                for line in differences(mart.name, mart.key, on_duckdb[mart], here[mart])
            ]
            rows += sum(map(len, here.values()))
    with capsys.disabled():
        same = sum(hash_of_rows(here[mart]) == hash_of_rows(on_duckdb[mart]) for mart in here)
        sys.stdout.write(f"\n{name} on {engine.name}: {same} of {len(here)} marts equal, {rows} rows read\n")

    assert not told, "\n".join(told)


def test_no_mart_is_empty_in_all_histories(expected: Callable[[str], Expected]) -> None:
    """Rows that are not there are equal on every engine, and prove nothing."""
    filled = {
        mart.name
        for name in HISTORIES
        for rows_of in expected(name).after
        for mart, rows in rows_of.items()
        if rows
    }

    assert {mart.name for mart in expected("demo").after[0]} - filled == set()
