"""The copy of marts and ledger for readers on DuckDB: an idle reader of the warehouse itself would block the
writer.

Written beside the warehouse under another name and renamed at the end, so that a reader sees the old or the
new one. What a relation holds is none of its business.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from dagster_project.clock import naive_utc
from dagster_project.duckdb_connection import DuckDBConnection, quoted, reading_file
from dagster_project.settings import Settings

_COPIED_SCHEMAS = ("onboarding", "nudges")
#: Views whose cost is that of everything that ever happened. In a large warehouse the first tick of a UTC day
#: copies them.
_COPIED_DAILY = frozenset({"fct_account_activity_daily", "fct_experiment_outcomes", "rpt_unusable_rows"})
_ROWS_OF_A_LARGE_WAREHOUSE = 2_000_000
#: In a large warehouse a relation of more rows is written again only after this time: every tick would write
#: hundreds of megabytes.
_ROWS_OF_A_LARGE_RELATION = 200_000
_LARGE_RELATION_KEPT_FOR = timedelta(minutes=15)
#: Beside dbt's own limit, so that a tick of a million accounts stays within 4 GB.
_MEMORY_LIMIT = "1500MB"
_WRITERS = 2
_CONTENTS = "main.copied_relations"


@dataclass(frozen=True)
class _Wanted:
    """A relation of the warehouse and its name in the copy."""

    schema: str
    name: str
    source: str


def copy_marts(settings: Settings, now: datetime) -> int:
    """Write `<home>/marts.duckdb`, schemas `onboarding` and `nudges`; returns the number of relations in it.
    A cloud warehouse has no writer that a reader could block, and no copy.

    `main.copied_relations` in it says when each of them was last copied from the warehouse.
    """
    if not settings.is_embedded:
        return 0
    # A name that the warehouse itself cannot have: DuckDB calls an attached file by its name.
    unfinished = settings.home / f"unfinished_marts_copy_{os.getpid()}.tmp"
    unfinished.unlink(missing_ok=True)
    with reading_file(settings) as file:
        warehouse = DuckDBConnection(file)
        catalogue = warehouse.database()
        wanted = _wanted(warehouse, settings, catalogue)
        is_large = _is_large(warehouse, settings)
    moment = naive_utc(now)
    try:
        kept = _fresh_enough(settings.marts_copy, moment) if is_large else frozenset()
        if kept:
            shutil.copyfile(settings.marts_copy, unfinished)
        copied = [each for each in wanted if (each.schema, each.name) not in kept]
        _write(unfinished, settings, catalogue, copied, wanted, moment)
        os.replace(unfinished, settings.marts_copy)
    finally:
        unfinished.unlink(missing_ok=True)
    return len(wanted)


def _wanted(warehouse: DuckDBConnection, settings: Settings, catalogue: str) -> list[_Wanted]:
    return [
        _Wanted(schema, name, quoted(catalogue, settings.schema(schema), name))
        for schema in _COPIED_SCHEMAS
        for name in warehouse.relations_of(settings.schema(schema))
    ]


def _is_large(warehouse: DuckDBConnection, settings: Settings) -> bool:
    schema, activity = settings.schema("onboarding_intermediate"), "int_users_active_daily"
    if not warehouse.columns_of(schema, activity):
        return False
    row = warehouse.execute(f"select count(*) from {warehouse.relation(schema, activity)}").fetchone()
    return row is not None and int(row[0]) > _ROWS_OF_A_LARGE_WAREHOUSE


def _fresh_enough(marts_copy: Path, now: datetime) -> frozenset[tuple[str, str]]:
    """Schema and name of what need not be copied again. A new day begins with a new file, without the gaps
    that copying leaves.
    """
    if not marts_copy.is_file():
        return frozenset()
    try:
        with duckdb.connect(str(marts_copy), read_only=True) as copy:
            rows = copy.execute(
                f"select schema_name, relation_name, copied_at, number_of_rows from {_CONTENTS}"
            ).fetchall()
    except duckdb.Error:
        return frozenset()
    kept = frozenset(
        (schema, name) for schema, name, at, number in rows if _is_fresh_enough(name, at, number, now)
    )
    return kept if {name for _, name in kept} >= _COPIED_DAILY else frozenset()


def _is_fresh_enough(name: str, copied_at: datetime, number_of_rows: int, now: datetime) -> bool:
    if copied_at > now:
        return False
    if name in _COPIED_DAILY:
        return copied_at.date() == now.date()
    return number_of_rows > _ROWS_OF_A_LARGE_RELATION and now - copied_at < _LARGE_RELATION_KEPT_FOR


def _write(
    path: Path,
    settings: Settings,
    catalogue: str,
    copied: Sequence[_Wanted],
    kept: Sequence[_Wanted],
    moment: datetime,
) -> None:
    with duckdb.connect(str(path), config={"memory_limit": _MEMORY_LIMIT}) as copy:
        target = DuckDBConnection(copy).database()
        copy.execute("set timezone = 'UTC'")
        # dbt's views name their relations with the catalogue, so the warehouse keeps its own name here.
        warehouse = str(settings.duckdb_path).replace("'", "''")
        copy.execute(f"attach '{warehouse}' as {quoted(catalogue)} (read_only)")
        for schema in _COPIED_SCHEMAS:
            copy.execute(f"create schema if not exists {quoted(target, schema)}")
        copy.execute(
            f"create table if not exists {_CONTENTS} "
            "(schema_name varchar, relation_name varchar, copied_at timestamp, number_of_rows bigint)"
        )
        _drop_others(copy, target, kept)

        def write(each: _Wanted) -> int:
            with copy.cursor() as cursor:
                cursor.execute("set timezone = 'UTC'")
                name = quoted(target, each.schema, each.name)
                row = cursor.execute(
                    f"create or replace table {name} as select * from {each.source}"
                ).fetchone()
                return int(row[0]) if row else 0

        # One table is written by one core at a time.
        with ThreadPoolExecutor(_WRITERS) as writers:
            rows_written = list(writers.map(write, copied))
        for each, rows in zip(copied, rows_written, strict=True):
            key = [each.schema, each.name]
            copy.execute(f"delete from {_CONTENTS} where schema_name = ? and relation_name = ?", key)
            copy.execute(f"insert into {_CONTENTS} values (?, ?, ?, ?)", [*key, moment, rows])


def _drop_others(copy: duckdb.DuckDBPyConnection, target: str, kept: Sequence[_Wanted]) -> None:
    """What the warehouse has no more goes from the copy as well."""
    wanted = {(each.schema, each.name) for each in kept}
    for schema in _COPIED_SCHEMAS:
        for name in DuckDBConnection(copy).relations_of(schema):
            if (schema, name) not in wanted:
                copy.execute(f"drop table {quoted(target, schema, name)}")
                copy.execute(
                    f"delete from {_CONTENTS} where schema_name = ? and relation_name = ?", [schema, name]
                )
