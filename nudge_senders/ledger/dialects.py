"""What the ledger's SQL is called on each engine. The statements themselves stand once, in schema.sql and
queries.sql, written as DuckDB reads them.

| schema.sql          | BigQuery  | Snowflake     | why                                              |
|---------------------|-----------|---------------|--------------------------------------------------|
| varchar             | string    | varchar       | BigQuery has no varchar                          |
| integer, bigint     | int64     | number(38, 0) | one whole number on both                         |
| timestamp           | timestamp | timestamp_ntz | an instant in UTC; Snowflake's word is a setting |
| double              | float64   | double        | BigQuery has no double                           |
| boolean             | bool      | boolean       | as a query parameter has it                      |
| information_schema  | of the dataset | the same | BigQuery keeps it per dataset                    |

Nothing else differs but how the entries are laid out: the statements use neither engine's own functions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_BIGQUERY_TYPES = {
    "varchar": "string",
    "integer": "int64",
    "bigint": "int64",
    "double": "float64",
    "boolean": "bool",
}
_SNOWFLAKE_TYPES = {"integer": "number(38, 0)", "bigint": "number(38, 0)", "timestamp": "timestamp_ntz"}
_GROWING_TABLE = re.compile(r"create table if not exists \w+\.nudge_events\b")
#: States are asked for by namespace and nudge; months, because a day's entries are too few for a partition.
_BIGQUERY_LAYOUT = "partition by timestamp_trunc(recorded_at, month)\ncluster by namespace, nudge_id"
#: Quoted names and texts are left as they are.
_WORD_OR_TEXT = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`|\b[a-z_][a-z0-9_]*\b""")


def for_bigquery(sql: str, dataset: str) -> str:
    """The statement with BigQuery's types; what exists is asked of the ledger's own `dataset`."""
    mapped = _with_types(sql, _BIGQUERY_TYPES)
    return mapped.replace("information_schema.tables", f"{dataset}.INFORMATION_SCHEMA.TABLES")


def for_snowflake(sql: str) -> str:
    """The statement with Snowflake's types."""
    return _with_types(sql, _SNOWFLAKE_TYPES)


def bigquery_type(kind: str) -> str:
    """The name of a type of schema.sql as a query parameter has it."""
    return _BIGQUERY_TYPES.get(kind, kind).upper()


def laid_out_for_bigquery(definition: str) -> str:
    """The definition with partitions and clusters, where it makes the table that grows with every nudge."""
    return f"{definition}\n{_BIGQUERY_LAYOUT}" if _GROWING_TABLE.match(definition.strip()) else definition


def snowflake_type(kind: str) -> str:
    return _SNOWFLAKE_TYPES.get(kind, kind)


def _with_types(sql: str, types: Mapping[str, str]) -> str:
    """Whole words only, and none within a text."""
    return _WORD_OR_TEXT.sub(lambda word: types.get(word.group(), word.group()), sql)
