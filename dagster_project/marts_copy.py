"""The copy of marts and ledger for readers on DuckDB: an idle reader of the warehouse itself would block the
writer.

Written beside the warehouse under another name and renamed at the end, so that a reader sees the old or the
new one. What a relation holds is none of its business.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from dagster_project.clock import naive_utc
from dagster_project.settings import Settings
from dagster_project.warehouse import catalogue_of, columns_of, quoted, reading, relation, relations_of

_COPIED_SCHEMAS = ("onboarding", "nudges")
#: Activity is the one relation that grows with every event. Beyond so many rows its copy is brought up to
#: date by the first tick of a UTC day, and the other ticks take over the rows of the copy before.
_ACTIVITY = ("onboarding", "fct_account_activity_daily")
_ROWS_COPIED_EVERY_TICK = 2_000_000
#: Beside dbt's own limit, so that a tick of a million accounts stays within 4 GB.
_MEMORY_LIMIT = "1500MB"
_CONTENTS = "copied_relations"


@dataclass(frozen=True)
class _Plan:
    catalogue: str
    relations: Mapping[str, list[str]]
    is_activity_large: bool


def copy_marts(settings: Settings, now: datetime) -> int:
    """Write `<home>/marts.duckdb`, schemas `onboarding` and `nudges`; returns the number of relations in it.

    `main.copied_relations` in it says when each of them was last copied from the warehouse.
    """
    # A name that the warehouse itself cannot have: DuckDB calls an attached file by its name.
    unfinished = settings.home / f"unfinished_marts_copy_{os.getpid()}.tmp"
    unfinished.unlink(missing_ok=True)
    plan = _plan(settings)
    try:
        with duckdb.connect(str(unfinished), config={"memory_limit": _MEMORY_LIMIT}) as copy:
            _copy(copy, settings, plan, naive_utc(now))
        os.replace(unfinished, settings.marts_copy)
    finally:
        unfinished.unlink(missing_ok=True)
    return sum(len(relations) for relations in plan.relations.values())


def _plan(settings: Settings) -> _Plan:
    with reading(settings) as warehouse:
        schema = settings.schema("onboarding_intermediate")
        rows = 0
        if columns_of(warehouse, schema, "int_users_active_daily"):
            counted = warehouse.execute(
                f"select count(*) from {relation(warehouse, schema, 'int_users_active_daily')}"
            ).fetchone()
            rows = int(counted[0]) if counted else 0
        return _Plan(
            catalogue=catalogue_of(warehouse),
            relations={name: relations_of(warehouse, settings.schema(name)) for name in _COPIED_SCHEMAS},
            is_activity_large=rows > _ROWS_COPIED_EVERY_TICK,
        )


def _copy(copy: duckdb.DuckDBPyConnection, settings: Settings, plan: _Plan, now: datetime) -> None:
    target = catalogue_of(copy)
    copy.execute("set timezone = 'UTC'")
    # dbt's views name their relations with the catalogue, so the warehouse keeps its own name here.
    copy.execute(f"attach {_text(settings.duckdb_path)} as {quoted(plan.catalogue)} (read_only)")
    copied_before = _attach_copy_before(copy, settings) if plan.is_activity_large else {}
    copy.execute(
        f"create table {_CONTENTS} (schema_name varchar, relation_name varchar, copied_at timestamp)"
    )
    for name, relations in plan.relations.items():
        copy.execute(f"create schema {quoted(target, name)}")
        for wanted in relations:
            before = copied_before.get((name, wanted))
            is_taken_over = (
                (name, wanted) == _ACTIVITY and before is not None and before.date() == now.date()
            )
            source = (
                quoted("copy_before", name, wanted)
                if is_taken_over
                else quoted(plan.catalogue, settings.schema(name), wanted)
            )
            copy.execute(f"create table {quoted(target, name, wanted)} as select * from {source}")
            copy.execute(
                f"insert into {_CONTENTS} values (?, ?, ?)", [name, wanted, before if is_taken_over else now]
            )


def _attach_copy_before(
    copy: duckdb.DuckDBPyConnection, settings: Settings
) -> Mapping[tuple[str, str], datetime]:
    """When each relation of the last copy was copied; nothing when there is none that can be read."""
    if not settings.marts_copy.is_file():
        return {}
    try:
        copy.execute(f"attach {_text(settings.marts_copy)} as copy_before (read_only)")
        rows = copy.execute(
            f"select schema_name, relation_name, copied_at from copy_before.main.{_CONTENTS}"
        ).fetchall()
    except duckdb.Error:
        return {}
    return {(str(schema), str(name)): copied_at for schema, name, copied_at in rows}


def _text(path: os.PathLike[str]) -> str:
    """The path as an SQL literal."""
    return "'" + str(path).replace("'", "''") + "'"
