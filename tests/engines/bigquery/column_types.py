"""BigQuery's column types by DuckDB's, in both directions, as fields of a schema.

Belongs here: types. How a value of one travels is `cells`'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

Field = dict[str, Any]

_NAMES = {
    "varchar": "STRING",
    "uuid": "STRING",
    "enum": "STRING",
    "boolean": "BOOLEAN",
    "float": "FLOAT",
    "double": "FLOAT",
    "decimal": "NUMERIC",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "DATETIME",
    "timestamp_s": "DATETIME",
    "timestamp_ms": "DATETIME",
    "timestamp_ns": "DATETIME",
    "timestamp with time zone": "TIMESTAMP",
    "blob": "BYTES",
    "json": "JSON",
    "interval": "INTERVAL",
    # A bare NULL is an INT64 to BigQuery.
    "sqlnull": "INTEGER",
    **dict.fromkeys(
        (
            "tinyint",
            "smallint",
            "integer",
            "bigint",
            "hugeint",
            "utinyint",
            "usmallint",
            "uinteger",
            "ubigint",
        ),
        "INTEGER",
    ),
}
_DUCKDB = {
    "STRING": "varchar",
    "INTEGER": "bigint",
    "INT64": "bigint",
    "FLOAT": "double",
    "FLOAT64": "double",
    "BOOLEAN": "boolean",
    "BOOL": "boolean",
    "NUMERIC": "decimal(38, 9)",
    "BIGNUMERIC": "decimal(38, 18)",
    "TIMESTAMP": "timestamptz",
    "DATETIME": "timestamp",
    "DATE": "date",
    "TIME": "time",
    "BYTES": "blob",
    "JSON": "json",
}


def field_of(name: str, kind: Any, *, is_required: bool = False) -> Field:
    """The field of a column of this DuckDB type."""
    if kind.id in ("list", "array"):
        element = field_of(name, dict(kind.children)["child"])
        return {**element, "mode": "REPEATED"}
    mode = "REQUIRED" if is_required else "NULLABLE"
    if kind.id == "struct":
        return {
            "name": name,
            "type": "RECORD",
            "mode": mode,
            "fields": [field_of(*child) for child in kind.children],
        }
    return {"name": name, "type": "JSON" if str(kind) == "JSON" else _NAMES[kind.id], "mode": mode}


def field_of_text(name: str, kind: str, *, is_required: bool = False) -> Field:
    """As `field_of`, from the name that DuckDB's catalogue has for the type."""
    return field_of(name, duckdb.type(kind), is_required=is_required)


def duckdb_type(field: Mapping[str, Any]) -> str:
    """What DuckDB calls the type of a field."""
    if field["type"].upper() in ("RECORD", "STRUCT"):
        members = ", ".join(f'"{child["name"]}" {duckdb_type(child)}' for child in field["fields"])
        kind = f"struct({members})"
    else:
        kind = _DUCKDB[field["type"].upper()]
    return f"{kind}[]" if field.get("mode") == "REPEATED" else kind


def parameter_type(kind: Mapping[str, Any]) -> str:
    """What DuckDB calls the type of a query parameter."""
    if kind["type"] == "ARRAY":
        return f"{parameter_type(kind['arrayType'])}[]"
    if kind["type"] == "STRUCT":
        members = ", ".join(
            f'"{each["name"]}" {parameter_type(each["type"])}' for each in kind["structTypes"]
        )
        return f"struct({members})"
    return _DUCKDB[kind["type"]]


def standard_name(field: Mapping[str, Any]) -> str:
    """The type as INFORMATION_SCHEMA writes it."""
    names = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
    if field["type"] == "RECORD":
        members = ", ".join(f"{child['name']} {standard_name(child)}" for child in field["fields"])
        kind = f"STRUCT<{members}>"
    else:
        kind = names.get(field["type"], field["type"])
    return f"ARRAY<{kind}>" if field.get("mode") == "REPEATED" else kind


def fields_of(description: Sequence[Any]) -> list[Field]:
    """The schema of a result, from a cursor's description."""
    return [field_of(column[0], column[1]) for column in description]
