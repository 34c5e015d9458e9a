"""How an engine writes a value into a statement, and how what it answers is read.

Belongs here: literals and types of the three dialects. Does not belong here: running a statement (`engines`).
"""

import math
from datetime import date, datetime
from typing import Any

from tests.engines.meaning.case import Case, Value

TYPES = {
    "duckdb": {
        "text": "varchar",
        "integer": "bigint",
        "double": "double",
        "boolean": "boolean",
        "date": "date",
        "zoned": "timestamptz",
        "json": "json",
        "instant": "timestamp",
        "local": "timestamp",
    },
    "bigquery": {
        "text": "string",
        "integer": "int64",
        "double": "float64",
        "boolean": "bool",
        "date": "date",
        "zoned": "timestamp",
        "json": "json",
        "instant": "timestamp",
        "local": "datetime",
    },
    "snowflake": {
        "text": "varchar",
        "integer": "bigint",
        "double": "float",
        "boolean": "boolean",
        "date": "date",
        "zoned": "timestamp_tz",
        "json": "variant",
        "instant": "timestamp_ntz",
        "local": "timestamp_ntz",
    },
}


def query(engine: str, case: Case, expression: str) -> str:
    """The statement that gives `place` and `answer`, one row for each of the case."""
    if case.is_query:
        return f"select n as row_place, n as answer from ({expression}) as numbers"
    names = list(case.inputs)
    given = " union all ".join(
        "select "
        + ", ".join(
            [
                f"{number} as row_place",
                *(
                    f"{literal(engine, case.inputs[name], value)} as {name}"
                    for name, value in zip(names, row, strict=False)
                ),
            ]
        )
        for number, row in enumerate(case.rows)
    )
    place, grouped = ("min(row_place)", f" group by {names[0]}") if case.is_aggregate else ("row_place", "")
    return f"select {place} as row_place, {expression} as answer from ({given}) as given{grouped}"


def literal(engine: str, kind: str, value: Value) -> str:
    """The value as the dialect writes one of that kind."""
    data_type = TYPES[engine][kind]
    if value is None:
        return f"cast(null as {data_type})"
    if isinstance(value, datetime):
        zone = "+00:00" if engine == "bigquery" and kind == "instant" else ""
        return f"cast('{value.isoformat(sep=' ')}{zone}' as {data_type})"
    if isinstance(value, date | float):
        return f"cast('{value}' as {data_type})"
    if kind == "zoned":
        return f"cast('{value}' as {data_type})"
    if kind == "json":
        return f"cast('{value}' as json)" if engine == "duckdb" else f"parse_json('{value}')"
    if isinstance(value, str):
        return _quoted(engine, value)
    return f"cast({str(value).lower()} as {data_type})"


def read(kind: str, answer: Any) -> Value:
    """The answer of any engine as the case writes it."""
    if answer is None:
        return None
    if kind == "integer":
        return int(answer)
    if kind == "double":
        return float(answer)
    if kind == "date" and isinstance(answer, str):
        return date.fromisoformat(answer)
    if kind in ("instant", "local"):
        read_as = datetime.fromisoformat(answer) if isinstance(answer, str) else answer
        return read_as.replace(tzinfo=None) if isinstance(read_as, datetime) else read_as
    text_or_truth: Value = answer
    return text_or_truth


def same(kind: str, answers: list[Value], expected: list[Value]) -> bool:
    """Whether they are equal, of equal type; a NaN is one."""
    return len(answers) == len(expected) and all(
        type(one) is type(other) and (one == other or (_is_nan(one) and _is_nan(other)))
        for one, other in zip(answers, expected, strict=True)
    )


def _is_nan(value: Value) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _quoted(engine: str, text: str) -> str:
    if engine == "duckdb":
        return "'" + text.replace("'", "''") + "'"
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")
    return f"'{escaped}'"
