"""Raw tables as a BigQuery loader would have left them, from a demo warehouse.

Instants are TIMESTAMP, JSON is text, whole numbers are INT64.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

#: The schemas that loaders fill, as shipped.
RAW_SCHEMAS = ("segment", "amplitude", "mixpanel", "crm", "integrations", "feedback", "loader")
_AS_LOADED = {"TIMESTAMP": "timestamptz", "JSON": "varchar", "INTEGER": "bigint", "FLOAT": "double"}


def copy_raw_tables(warehouse: Path, database: duckdb.DuckDBPyConnection) -> None:
    """Copy every raw table of the DuckDB file `warehouse` into the stand-in's database."""
    with database.cursor() as cursor:
        cursor.execute(f"attach '{warehouse}' as demo (read_only)")
        for schema, table, select in _as_loaded(cursor):
            cursor.execute(f'create schema if not exists "{schema}"')
            cursor.execute(f'create or replace table "{schema}"."{table}" as {select}')
        cursor.execute("detach demo")


def upload_raw_tables(warehouse: Path, client: Any) -> None:
    """The same into the client's project, as Parquet files; makes the datasets."""
    from google.cloud import bigquery

    config = bigquery.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_TRUNCATE")
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"attach '{warehouse}' as demo (read_only)")
        for schema, table, select in _as_loaded(connection):
            client.create_dataset(schema, exists_ok=True)
            file = warehouse.with_name(f"{schema}_{table}.parquet")
            connection.execute(f"copy ({select}) to '{file}' (format parquet)")
            content = io.BytesIO(file.read_bytes())
            client.load_table_from_file(content, f"{schema}.{table}", job_config=config).result(timeout=300)


def _as_loaded(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, str]]:
    """(schema, table, select) of each raw table of the attached `demo`; the file's naive instants are UTC."""
    found = cursor.execute(
        "select schema_name, table_name, list((column_name, data_type) order by column_index) "
        "from duckdb_columns() where database_name = 'demo' group by 1, 2 order by 1, 2"
    ).fetchall()
    for schema, table, columns in found:
        if schema in RAW_SCHEMAS:
            casts = ", ".join(
                f'cast("{name}" as {_AS_LOADED.get(kind, kind)}) as "{name}"' for name, kind in columns
            )
            yield schema, table, f'select {casts} from demo."{schema}"."{table}"'
