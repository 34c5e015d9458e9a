"""The copy of marts and ledger for readers on DuckDB: an idle reader of the warehouse itself would block the
writer.

Written beside the warehouse under another name and renamed at the end, so that a reader sees the old or the
new one.
"""

from __future__ import annotations

import os

import duckdb

from dagster_project.settings import Settings
from dagster_project.warehouse import quoted, reading, relations_of

_COPIED_SCHEMAS = ("onboarding", "nudges")


def copy_marts(settings: Settings) -> int:
    """Write `<home>/marts.duckdb`, schemas `onboarding` and `nudges`; returns the number of relations in
    it.
    """
    unfinished = settings.marts_copy.with_suffix(f".{os.getpid()}.tmp")
    unfinished.unlink(missing_ok=True)
    try:
        with reading(settings) as warehouse:
            copied = _copy(warehouse, settings, str(unfinished))
        os.replace(unfinished, settings.marts_copy)
    finally:
        unfinished.unlink(missing_ok=True)
    return copied


def _copy(warehouse: duckdb.DuckDBPyConnection, settings: Settings, path: str) -> int:
    escaped = path.replace("'", "''")
    warehouse.execute(f"attach '{escaped}' as marts_copy")
    copied = 0
    for name in _COPIED_SCHEMAS:
        warehouse.execute(f"create schema marts_copy.{quoted(name)}")
        source = settings.schema(name)
        for relation in relations_of(warehouse, source):
            warehouse.execute(
                f"create table marts_copy.{quoted(name, relation)} as "
                f"select * from {quoted(source, relation)}"
            )
            copied += 1
    warehouse.execute("checkpoint marts_copy")
    warehouse.execute("detach marts_copy")
    return copied
