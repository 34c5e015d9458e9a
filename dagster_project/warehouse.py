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

from dagster_project.connection import CloudConnection, Connection
from dagster_project.errors import Refused, WarehouseBusy
from dagster_project.settings import Settings
from nudge_senders.ledger.duckdb_files import is_locked, why_locked, why_unreadable

_SECONDS_BETWEEN_ATTEMPTS = 0.25


@contextmanager
def reading(settings: Settings, *, patience_seconds: float = 30.0) -> Iterator[Connection]:
    """A read-only connection in UTC, on any target that ticks run on; raises `WarehouseBusy` when another
    process holds a DuckDB file for too long, `Refused` for what cannot be read.
    """
    if settings.target == "bigquery":
        # Imported when asked for: its library is an extra.
        from dagster_project.bigquery_connection import reading_bigquery

        with reading_bigquery(settings) as cloud:
            yield cloud
        return
    if settings.target == "snowflake":
        from dagster_project.snowflake_connection import reading_snowflake

        with reading_snowflake(settings) as snowflake:
            yield snowflake
        return
    with reading_file(settings, patience_seconds=patience_seconds) as connection:
        yield connection


@contextmanager
def reading_file(
    settings: Settings, *, patience_seconds: float = 30.0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """As `reading`, for what only DuckDB can answer; raises `Refused` on another target."""
    if not settings.is_embedded:
        raise Refused(f"This is read on DuckDB only so far, and MILESTONE_AGENT_TARGET is {settings.target}.")
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
def writing(settings: Settings, *, patience_seconds: float = 120.0) -> Iterator[Connection]:
    """A connection in UTC that may write; waits longer than a reader, because a tick may hold the file."""
    if not settings.is_embedded:
        # A cloud engine tells readers and writers apart by what they are allowed.
        with reading(settings) as cloud:
            yield cloud
        return
    with writing_file(settings, patience_seconds=patience_seconds) as connection:
        yield connection


@contextmanager
def writing_file(
    settings: Settings, *, patience_seconds: float = 120.0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """As `writing`, for what is written on DuckDB only; raises `Refused` on another target."""
    if not settings.is_embedded:
        raise Refused(
            f"This is written on DuckDB only so far, and MILESTONE_AGENT_TARGET is {settings.target}."
        )
    if not settings.duckdb_path.is_file():
        raise Refused(f"There is no warehouse at {settings.duckdb_path}.")
    connection = _open(settings.duckdb_path, patience_seconds, read_only=False)
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()


def columns_of(connection: Connection, schema: str, table: str) -> frozenset[str]:
    """Names of the relation's columns in lower case; empty when there is no such relation."""
    if isinstance(connection, CloudConnection):
        return connection.columns_of(schema, table)
    rows = connection.execute(
        "select lower(column_name) from information_schema.columns "
        "where table_catalog = current_database() and table_schema = ? and table_name = ?",
        [schema, table],
    ).fetchall()
    return frozenset(str(row[0]) for row in rows)


def relations_of(connection: Connection, schema: str) -> list[str]:
    """Names of tables and views; empty when there is no such schema."""
    if isinstance(connection, CloudConnection):
        return connection.relations_of(schema)
    rows = connection.execute(
        "select table_name from information_schema.tables "
        "where table_catalog = current_database() and table_schema = ? order by table_name",
        [schema],
    ).fetchall()
    return [str(row[0]) for row in rows]


def schema_name(connection: Connection, schema: str) -> str:
    """The schema's full name, as a definition has it."""
    if isinstance(connection, CloudConnection):
        return schema
    return quoted(catalogue_of(connection), schema)


def define(connection: Connection, statement: str) -> None:
    """Run a definition written as DuckDB reads it."""
    if isinstance(connection, CloudConnection):
        connection.define(statement)
    else:
        connection.execute(statement)


def comment(connection: Connection, schema: str, table: str, text: str) -> None:
    """Write a text without quotes on the table itself, where it goes wherever the table goes."""
    if isinstance(connection, CloudConnection):
        connection.comment(schema, table, text)
    else:
        connection.execute(f"comment on table {relation(connection, schema, table)} is '{text}'")


def comment_of(connection: Connection, schema: str, table: str) -> str | None:
    """What is written on the table; None when nothing is or there is no table."""
    if isinstance(connection, CloudConnection):
        return connection.comment_of(schema, table)
    row = connection.execute(
        "select comment from duckdb_tables() "
        "where database_name = current_database() and schema_name = ? and table_name = ?",
        [schema, table],
    ).fetchone()
    return str(row[0]) if row and row[0] is not None else None


def hash_of_rows(connection: Connection, alias: str) -> str:
    """An aggregate over all columns of the relation called `alias`: the same for the same rows in any
    order."""
    return (
        connection.hash_of_rows(alias) if isinstance(connection, CloudConnection) else f"sum(hash({alias}))"
    )


def catalogue_of(connection: Connection) -> str:
    """The name that DuckDB gives to the file."""
    row = connection.execute("select current_database()").fetchone()
    return str(row[0]) if row else ""


def relation(connection: Connection, schema: str, table: str) -> str:
    """The relation's full name. With two parts, a file called `crm.duckdb` would make `crm.accounts`
    ambiguous.
    """
    if isinstance(connection, CloudConnection):
        return connection.relation(schema, table)
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
