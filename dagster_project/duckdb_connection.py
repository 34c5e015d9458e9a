"""A DuckDB file as a `connection.Connection`, opened late and closed early, because DuckDB lets one writing
process in.

What is read and why is said by the callers.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.connection import FoundColumn
from dagster_project.errors import Refused, WarehouseBusy
from dagster_project.settings import Settings
from dagster_project.unbilled_looks import UnbilledLooks
from nudge_senders.ledger.duckdb_files import is_locked, why_locked, why_unreadable

_SECONDS_BETWEEN_ATTEMPTS = 0.25


@contextmanager
def reading_file(
    settings: Settings, *, patience_seconds: float = 30.0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection in UTC; raises `WarehouseBusy` when another process holds the file for too
    long, `Refused` for what cannot be read."""
    if not settings.duckdb_path.is_file():
        raise Refused(
            f"There is no warehouse at {settings.duckdb_path}. Run 'milestone-agent demo' for one with demo "
            "data, or set MILESTONE_AGENT_DUCKDB_PATH to the file that your loader fills."
        )
    with _opened(settings.duckdb_path, patience_seconds, read_only=True) as connection:
        yield connection


@contextmanager
def writing_file(
    settings: Settings, *, patience_seconds: float = 120.0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in UTC that may write; waits longer than a reader, because a tick may hold the file."""
    if not settings.duckdb_path.is_file():
        raise Refused(f"There is no warehouse at {settings.duckdb_path}.")
    with _opened(settings.duckdb_path, patience_seconds, read_only=False) as connection:
        yield connection


@contextmanager
def _opened(path: Path, patience_seconds: float, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = _connected(path, patience_seconds, read_only=read_only)
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()


def _connected(path: Path, patience_seconds: float, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only)
        except duckdb.Error as error:
            if not is_locked(error):
                raise Refused(f"{path}: {why_unreadable(path, error)}.") from error
            if time.monotonic() >= deadline:
                raise WarehouseBusy(f"{path}: {why_locked(error)}.") from error
            time.sleep(_SECONDS_BETWEEN_ATTEMPTS)


def quoted(*names: str) -> str:
    """A dotted identifier, each part quoted."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


class DuckDBConnection(UnbilledLooks):
    """See `connection.Connection`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def execute(self, query: str, parameters: Any = None) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(query, parameters)

    def columns_of(self, schema: str, table: str) -> frozenset[str]:
        rows = self._connection.execute(
            "select lower(column_name) from information_schema.columns "
            "where table_catalog = current_database() and table_schema = ? and table_name = ?",
            [schema, table],
        ).fetchall()
        return frozenset(str(row[0]) for row in rows)

    def relations_of(self, schema: str) -> list[str]:
        rows = self._connection.execute(
            "select table_name from information_schema.tables "
            "where table_catalog = current_database() and table_schema = ? order by table_name",
            [schema],
        ).fetchall()
        return [str(row[0]) for row in rows]

    def catalogue(self, schemas: Iterable[tuple[str | None, str]]) -> list[FoundColumn]:
        rows = self._connection.execute(
            "select table_catalog, table_schema, table_name, column_name, upper(data_type), "
            "table_type <> 'BASE TABLE' from information_schema.columns "
            "inner join information_schema.tables using (table_catalog, table_schema, table_name) "
            "order by table_catalog, table_schema, table_name, ordinal_position"
        ).fetchall()
        return [FoundColumn(*row) for row in rows]

    def database(self) -> str:
        row = self._connection.execute("select current_database()").fetchone()
        return str(row[0]) if row else ""

    def relation(self, schema: str, table: str, database: str | None = None) -> str:
        # With two parts, a file called `crm.duckdb` would make `crm.accounts` ambiguous.
        return quoted(database or self.database(), schema, table)

    def schema_name(self, schema: str) -> str:
        return quoted(self.database(), schema)

    def quoted(self, name: str) -> str:
        return quoted(name)

    def comment_of(self, schema: str, table: str) -> str | None:
        row = self._connection.execute(
            "select comment from duckdb_tables() "
            "where database_name = current_database() and schema_name = ? and table_name = ?",
            [schema, table],
        ).fetchone()
        return str(row[0]) if row and row[0] is not None else None

    def comment(self, schema: str, table: str, text: str) -> None:
        self._connection.execute(f"comment on table {self.relation(schema, table)} is '{text}'")

    def define(self, statement: str) -> None:
        self._connection.execute(statement)

    @contextmanager
    def transaction(self) -> Iterator[DuckDBConnection]:
        self._connection.execute("begin transaction")
        try:
            yield self
            self._connection.execute("commit")
        except BaseException:
            self._connection.execute("rollback")
            raise

    def compact(self) -> None:
        self._connection.execute("checkpoint")

    def append(self, table: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> None:
        if rows:
            places = ", ".join("?" * len(columns))
            self._connection.executemany(
                f"insert into {table} ({', '.join(columns)}) values ({places})",
                [[row[name] for name in columns] for row in rows],
            )

    def hash_of_rows(self, alias: str) -> str:
        return f"sum(hash({alias}))"

    def cast_or_null(self, value: str, kind: str) -> str:
        if kind == "boolean":
            return f"try_cast({value} as boolean)"
        return f"cast(try_cast({value} as timestamptz) as timestamp)"

    def instant_of_seconds(self, seconds: str) -> str:
        return f"cast(to_timestamp({seconds}) as timestamp)"

    def json_text(self, value: str, key: str) -> str:
        json = f"try_cast({value} as json)"
        paths = ("'" + f'$."{key}"{first}'.replace("'", "''") + "'" for first in ("", "[0]"))
        texts = ", ".join(f"nullif(json_value({json}, {path}) ->> '$', '')" for path in paths)
        return f"coalesce({texts})"

    def edit_distance(self, one: str, other: str) -> str:
        return f"levenshtein({one}, {other})"

    def is_known_time_zone(self, value: str) -> str:
        return f"{value} in (select name from pg_timezone_names())"

    def sampled(self, relation: str, *, percent: float, rows: int, is_view: bool) -> str:
        # Whole vectors are drawn, so that a large table is not read to its end.
        return f"{relation} using sample {percent:.4f} percent (system)"
