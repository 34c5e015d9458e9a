"""The copy of marts and ledger for readers on DuckDB: an idle reader of the warehouse itself would block the
writer.

Written beside the warehouse under another name and renamed at the end, so that a reader sees the old or the
new one.
"""

from __future__ import annotations

import os

import duckdb

from dagster_project.settings import Settings
from dagster_project.warehouse import catalogue_of, quoted, reading, relations_of

_COPIED_SCHEMAS = ("onboarding", "nudges")


def copy_marts(settings: Settings) -> int:
    """Write `<home>/marts.duckdb`, schemas `onboarding` and `nudges`; returns the number of relations in
    it.
    """
    # A name that the warehouse itself cannot have: DuckDB calls an attached file by its name.
    unfinished = settings.home / f"unfinished_marts_copy_{os.getpid()}.tmp"
    unfinished.unlink(missing_ok=True)
    try:
        with reading(settings) as warehouse:
            wanted = {name: relations_of(warehouse, settings.schema(name)) for name in _COPIED_SCHEMAS}
            catalogue = catalogue_of(warehouse)
        with duckdb.connect(str(unfinished)) as copy:
            _copy(copy, settings, catalogue, wanted)
        os.replace(unfinished, settings.marts_copy)
    finally:
        unfinished.unlink(missing_ok=True)
    return sum(len(relations) for relations in wanted.values())


def _copy(
    copy: duckdb.DuckDBPyConnection, settings: Settings, catalogue: str, wanted: dict[str, list[str]]
) -> None:
    target = catalogue_of(copy)
    path = str(settings.duckdb_path).replace("'", "''")
    copy.execute("set timezone = 'UTC'")
    # dbt's views name their relations with the catalogue, so the warehouse keeps its own name here.
    copy.execute(f"attach '{path}' as {quoted(catalogue)} (read_only)")
    for name, relations in wanted.items():
        copy.execute(f"create schema {quoted(target, name)}")
        for relation in relations:
            source = quoted(catalogue, settings.schema(name), relation)
            copy.execute(f"create table {quoted(target, name, relation)} as select * from {source}")
