"""When events were first loaded: before that nothing was known, and a replay of that time says nothing.

Read for people who ask for an early instant; how far the pipeline has read is said in SQL.
"""

from __future__ import annotations

from datetime import datetime

from dagster_project.clock import aware_utc, naive_utc
from dagster_project.connection import Connection
from dagster_project.settings import Settings
from dagster_project.validation.project_vars import ProjectVars, read_project_vars
from dagster_project.validation.source_contract import EVENT_COLUMNS, EVENT_TABLES
from dagster_project.validation.source_shapes import (
    Catalogue,
    Relation,
    enabled_event_sources,
    raw_schemas,
    read_catalogue,
)
from dagster_project.validation.warehouse import reading

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UINTEGER", "UBIGINT", "DOUBLE", "FLOAT")


def first_load_after(settings: Settings, instant: datetime) -> datetime | None:
    """When the first event was loaded, if none had been by `instant`; None if one had, or there is none."""
    variables = read_project_vars(settings.dbt_project_dir)
    with reading(settings) as connection:
        catalogue = read_catalogue(connection, raw_schemas(variables))
        return _first_load_after(connection, catalogue, variables, instant)


def _first_load_after(
    connection: Connection, catalogue: Catalogue, variables: ProjectVars, instant: datetime
) -> datetime | None:
    firsts: list[datetime] = []
    for source in enabled_event_sources(catalogue, variables):
        events = catalogue.locate(variables, EVENT_TABLES[source])
        if events is None:
            continue
        loaded_at = _loaded_at(connection, events, source)
        known = f"select 1 from {events.sql} where {loaded_at} <= ? limit 1"
        if connection.execute(known, [naive_utc(instant)]).fetchone() is not None:
            return None
        row = connection.execute(f"select min({loaded_at}) from {events.sql}").fetchone()
        if row is not None and row[0] is not None:
            firsts.append(aware_utc(row[0]))
    return min(firsts, default=None)


def _loaded_at(connection: Connection, events: Relation, source: str) -> str:
    """The time of loading as staging reads it."""
    instants = [
        _instant(connection, events, name) for name in EVENT_COLUMNS[source].loaded if name in events.columns
    ]
    return f"coalesce({', '.join([*instants, 'cast(null as timestamp)'])})"


def _instant(connection: Connection, events: Relation, name: str) -> str:
    column, stored = events.column(name), events.types[name]
    if stored.startswith(("TIMESTAMP", "DATE")):
        return f"cast({column} as timestamp)"
    if stored.startswith((*_NUMBERS, "DECIMAL")):
        per_second = 1000 if name.endswith("_ms") else 1
        return connection.instant_of_seconds(f"{column} / {per_second}.0")
    return connection.cast_or_null(f"cast({column} as varchar)", "timestamp")
