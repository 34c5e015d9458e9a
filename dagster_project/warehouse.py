"""Short visits to the warehouse: opened late, closed early, mostly read-only, because DuckDB lets one writing
process in.

What is read and why is said by the callers. Writing belongs to dbt (models), `nudge_senders` (ledger) and,
for the history of readouts alone, to `readout.store`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dagster_project.errors import Refused, WarehouseBusy
from dagster_project.settings import Settings
from nudge_senders.ledger.duckdb_files import is_locked, why_locked, why_unreadable

_SECONDS_BETWEEN_ATTEMPTS = 0.25


@contextmanager
def reading(settings: Settings, *, patience_seconds: float = 30.0) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection in UTC; raises `WarehouseBusy` when another process holds the file for too
    long.
    """
    if settings.target != "duckdb":
        raise Refused(f"The target {settings.target} can be built with dbt, but ticks run on duckdb so far.")
    if not settings.duckdb_path.is_file():
        raise Refused(
            f"There is no warehouse at {settings.duckdb_path}. Run 'milestone-agent demo' for one with demo "
            "data, or set MILESTONE_AGENT_DUCKDB_PATH to the file that your loader fills."
        )
    connection = _open(settings.duckdb_path, patience_seconds, read_only=True)
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()


@contextmanager
def writing(settings: Settings, *, patience_seconds: float = 120.0) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in UTC that may write; waits longer than a reader, because a tick may hold the file."""
    if not settings.duckdb_path.is_file():
        raise Refused(f"There is no warehouse at {settings.duckdb_path}.")
    connection = _open(settings.duckdb_path, patience_seconds, read_only=False)
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()


def columns_of(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> frozenset[str]:
    """Names of the relation's columns in lower case; empty when there is no such relation."""
    rows = connection.execute(
        "select lower(column_name) from information_schema.columns "
        "where table_catalog = current_database() and table_schema = ? and table_name = ?",
        [schema, table],
    ).fetchall()
    return frozenset(str(row[0]) for row in rows)


def relations_of(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    rows = connection.execute(
        "select table_name from information_schema.tables "
        "where table_catalog = current_database() and table_schema = ? order by table_name",
        [schema],
    ).fetchall()
    return [str(row[0]) for row in rows]


def catalogue_of(connection: duckdb.DuckDBPyConnection) -> str:
    """The name that DuckDB gives to the file."""
    row = connection.execute("select current_database()").fetchone()
    return str(row[0]) if row else ""


def relation(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
    """The relation's full name. With two parts, a file called `crm.duckdb` would make `crm.accounts`
    ambiguous.
    """
    return quoted(catalogue_of(connection), schema, table)


def quoted(*names: str) -> str:
    """A dotted identifier, each part quoted."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def _open(path: Path, patience_seconds: float, *, read_only: bool) -> duckdb.DuckDBPyConnection:
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
