"""The raw tables of a DuckDB file in Snowflake, in the types in which its loaders leave them.

Belongs here: types and copying. What lies in the file is whoever made it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

RAW_SCHEMAS = ("segment", "amplitude", "mixpanel", "crm", "integrations", "feedback", "loader")
#: Loaders that write instants with their zone; the others write UTC without one.
_ZONED_SCHEMAS = frozenset({"segment", "feedback"})
#: Amplitude's loader writes documents, Mixpanel's their text.
_VARIANT_SCHEMAS = frozenset({"amplitude"})
_TYPES = {"VARCHAR": "varchar", "BOOLEAN": "boolean", "BIGINT": "number(38, 0)", "INTEGER": "number(38, 0)"}
#: A statement's text may have a megabyte.
_CHARACTERS_AT_ONCE = 400_000


def copy_raw_tables(source: Path, connection: Any, *, prefix: str = "") -> None:
    """Create the schemas and tables of `RAW_SCHEMAS` that `source` has, behind `prefix`, with their rows."""
    with duckdb.connect(str(source), read_only=True) as reader, connection.cursor() as cursor:
        reader.execute("set timezone = 'UTC'")
        tables = reader.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema in (select unnest(?)) and table_catalog = current_database() order by all",
            [list(RAW_SCHEMAS)],
        ).fetchall()
        for schema in sorted({schema for schema, _ in tables}):
            cursor.execute(f"create schema if not exists {prefix}{schema}")
        for schema, table in tables:
            rows = reader.execute(f'select * from "{schema}"."{table}"')
            columns = {str(name): snowflake_type(schema, str(kind)) for name, kind, *_ in rows.description}
            fields = ", ".join(f'"{name.upper()}" {kind}' for name, kind in columns.items())
            cursor.execute(f"create or replace table {prefix}{schema}.{table} ({fields})")
            for part in _parts(list(columns), rows.fetchall()):
                values = ", ".join(_value(name, kind) for name, kind in columns.items())
                cursor.execute(
                    f"insert into {prefix}{schema}.{table} select {values} "
                    "from table(flatten(input => parse_json(%s))) as item",
                    (part,),
                )
    connection.commit()


def snowflake_type(schema: str, kind: str) -> str:
    """The type in which a loader of that schema leaves a column of DuckDB's `kind`."""
    if kind == "JSON":
        return "variant" if schema in _VARIANT_SCHEMAS else "varchar"
    if kind.startswith("TIMESTAMP"):
        return "timestamp_tz" if schema in _ZONED_SCHEMAS else "timestamp_ntz"
    return _TYPES[kind]


def _value(name: str, kind: str) -> str:
    if kind == "variant":
        return f'parse_json(item.value:"{name}"::varchar)'
    return f'item.value:"{name}"::{kind}'


def _parts(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Lists of rows as JSON; what is null is left out."""
    part: list[str] = []
    for row in rows:
        part.append(
            json.dumps(
                {name: _as_json(value) for name, value in zip(columns, row, strict=True) if value is not None}
            )
        )
        if sum(map(len, part[-1:])) and len(part) * len(part[-1]) > _CHARACTERS_AT_ONCE:
            yield f"[{','.join(part)}]"
            part = []
    if part:
        yield f"[{','.join(part)}]"


def _as_json(value: Any) -> Any:
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value
