"""The three engines that a macro is executed on.

Belongs here: running a query and giving its column `answer`. Does not belong here: the statements.
"""

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import duckdb

from tests.engines.dialect.google import Google

#: Answers of a query, in the order of their places.
Runner = Callable[[str], list[Any]]


def on_duckdb() -> Runner:
    """DuckDB as the profile sets it up."""
    connection = duckdb.connect(":memory:")
    connection.execute("set timezone = 'UTC'")

    def run(query: str) -> list[Any]:
        return _in_place(connection.execute(query).fetchall())

    return run


def on_google(google: Google) -> Runner:
    """The reference engine of BigQuery's SQL."""

    def run(query: str) -> list[Any]:
        return _in_place([(row["row_place"], row["answer"]) for row in google.rows_of(query)])

    return run


def on_fakesnow() -> Runner:
    """Snowflake's SQL translated to DuckDB: it knows the names and the forms, less surely the meaning."""
    with warnings.catch_warnings():
        # The connector says at import that it has not met this version of a library that it ships itself.
        warnings.simplefilter("ignore")
        from fakesnow.instance import FakeSnow

        connection = FakeSnow().connect(database="warehouse", schema="onboarding")

    def run(query: str) -> list[Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows: list[Any] = connection.cursor().execute(query).fetchall()
            return _in_place(rows)

    return run


def _in_place(rows: Iterable[tuple[Any, ...]]) -> list[Any]:
    return [answer for _, answer in sorted(rows, key=lambda row: int(row[0]))]
