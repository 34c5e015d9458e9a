"""Short visits to the warehouse of the target that the settings name: opened late, closed early, mostly
read-only.

What is read and why is said by the callers. Writing belongs to dbt (models), `nudge_senders` (ledger) and to
those few who say so: the history of readouts and of paths, and forgetting a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from dagster_project.connection import Connection
from dagster_project.duckdb_connection import DuckDBConnection, reading_file, writing_file
from dagster_project.settings import Settings

Visit = Callable[[Settings], AbstractContextManager[Connection]]


def _bigquery(settings: Settings) -> AbstractContextManager[Connection]:
    # Imported when asked for, as below: their libraries are extras.
    from dagster_project.bigquery_connection import reading_bigquery

    return reading_bigquery(settings)


def _snowflake(settings: Settings) -> AbstractContextManager[Connection]:
    from dagster_project.snowflake_connection import reading_snowflake

    return reading_snowflake(settings)


#: A cloud engine tells readers and writers apart by what they are allowed.
_CLOUDS: Mapping[str, Visit] = {"bigquery": _bigquery, "snowflake": _snowflake}


@contextmanager
def reading(settings: Settings, *, patience_seconds: float = 30.0) -> Iterator[Connection]:
    """A read-only connection in UTC, on any target that ticks run on; raises `WarehouseBusy` when another
    process holds a DuckDB file for too long, `Refused` for what cannot be read."""
    if (cloud := _CLOUDS.get(settings.target)) is not None:
        with cloud(settings) as connection:
            yield connection
        return
    with reading_file(settings, patience_seconds=patience_seconds) as file:
        yield DuckDBConnection(file)


@contextmanager
def writing(settings: Settings, *, patience_seconds: float = 120.0) -> Iterator[Connection]:
    """A connection in UTC that may write; waits longer than a reader, because a tick may hold the file."""
    if (cloud := _CLOUDS.get(settings.target)) is not None:
        with cloud(settings) as connection:
            yield connection
        return
    with writing_file(settings, patience_seconds=patience_seconds) as file:
        yield DuckDBConnection(file)
