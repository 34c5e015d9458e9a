"""Values as they travel in JSON, out of a result and into a parameter.

Instants are whole microseconds and computed with integers: a float of seconds loses the last ones.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tests.engines.bigquery.column_types import Field

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def row_of(values: Sequence[Any], fields: Sequence[Field]) -> dict[str, Any]:
    return {"f": [{"v": _cell(value, field)} for value, field in zip(values, fields, strict=True)]}


def _cell(value: Any, field: Field) -> Any:
    if field["mode"] == "REPEATED":
        # An array that is NULL comes back empty.
        single = {**field, "mode": "NULLABLE"}
        return [{"v": _cell(each, single)} for each in value or []]
    if value is None:
        return None
    match field["type"]:
        case "RECORD":
            return row_of([value[child["name"]] for child in field["fields"]], field["fields"])
        case "TIMESTAMP":
            return str((value - _EPOCH) // _MICROSECOND)
        case "DATETIME":
            return value.isoformat()
        case "BOOLEAN":
            return "true" if value else "false"
        case "BYTES":
            return base64.b64encode(value).decode()
        case "FLOAT":
            return repr(float(value)) if value == value else "NaN"
        case "JSON":
            return value if isinstance(value, str) else json.dumps(value)
        case _:
            return str(value)


def parameter_value(kind: Mapping[str, Any], value: Mapping[str, Any]) -> Any:
    """The value of a query parameter as DuckDB takes it; None for a NULL."""
    if kind["type"] == "ARRAY":
        return [parameter_value(kind["arrayType"], each) for each in value.get("arrayValues", [])]
    if kind["type"] == "STRUCT":
        types = {each["name"]: each["type"] for each in kind["structTypes"]}
        given = value.get("structValues", {})
        return {name: parameter_value(each, given.get(name, {})) for name, each in types.items()}
    text = value.get("value")
    return None if text is None else _scalar(kind["type"], text)


def _scalar(kind: str, text: str) -> Any:
    match kind:
        case "INT64" | "INTEGER":
            return int(text)
        case "FLOAT64" | "FLOAT":
            return float(text)
        case "NUMERIC" | "BIGNUMERIC":
            return Decimal(text)
        case "BOOL" | "BOOLEAN":
            return str(text).lower() == "true"
        case "TIMESTAMP":
            # Numbers are microseconds, texts carry their zone.
            if str(text).lstrip("-").isdigit():
                return _EPOCH + int(text) * _MICROSECOND
            instant = datetime.fromisoformat(str(text).strip())
            return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        case "DATETIME":
            return datetime.fromisoformat(text)
        case "DATE":
            return date.fromisoformat(text)
        case "TIME":
            return time.fromisoformat(text)
        case "BYTES":
            return base64.b64decode(text)
        case _:
            return text
