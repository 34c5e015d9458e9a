"""Raw tables as a BigQuery loader would have left them, from a demo warehouse.

Instants are TIMESTAMP, JSON is text, whole numbers are INT64.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

#: The schemas that loaders fill, as shipped.
RAW_SCHEMAS = ("segment", "amplitude", "mixpanel", "crm", "integrations", "feedback", "loader")
_AS_LOADED = {"TIMESTAMP": "timestamptz", "JSON": "varchar", "INTEGER": "bigint", "FLOAT": "double"}


def copy_raw_tables(warehouse: Path, database: duckdb.DuckDBPyConnection) -> None:
    """Copy every raw table of the DuckDB file `warehouse` into the stand-in's database."""
    with database.cursor() as cursor:
        # The file's naive instants are UTC.
        cursor.execute("set timezone = 'UTC'")
        cursor.execute(f"attach '{warehouse}' as demo (read_only)")
        tables = cursor.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'demo' order by 1, 2"
        ).fetchall()
        for schema, table in tables:
            if schema not in RAW_SCHEMAS:
                continue
            columns = cursor.execute(
                "select column_name, data_type from duckdb_columns() "
                "where database_name = 'demo' and schema_name = ? and table_name = ? order by column_index",
                [schema, table],
            ).fetchall()
            casts = ", ".join(f'cast("{name}" as {_AS_LOADED.get(kind, kind)}) as "{name}"' for name, kind in columns)
            cursor.execute(f'create schema if not exists "{schema}"')
            cursor.execute(f'create or replace table "{schema}"."{table}" as select {casts} from demo."{schema}"."{table}"')
        cursor.execute("detach demo")
