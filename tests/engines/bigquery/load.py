"""Load jobs: a file into a table. CSV as seeds arrive, newline-delimited JSON as the client sends rows.

An empty field without quotes is NULL and a quoted one an empty text, as BigQuery's null marker has it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import duckdb

from tests.engines.bigquery.answers import Refusal
from tests.engines.bigquery.column_types import duckdb_type
from tests.engines.bigquery.project import Project
from tests.engines.bigquery.table_options import TableOptions


def load_file(project: Project, load: dict[str, Any], content: bytes) -> None:
    """Raises Refusal for rows that do not fit the schema, and for a load without a schema."""
    fields = load.get("schema", {}).get("fields")
    if not fields:
        raise Refusal("notImplemented", "a load needs its schema here")
    target = load["destinationTable"]
    place = f'"{target["datasetId"]}"."{target["tableId"]}"'
    is_new = load.get("writeDisposition") == "WRITE_TRUNCATE"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        path.write_bytes(content)
        source = (
            _json(path, fields)
            if load.get("sourceFormat") == "NEWLINE_DELIMITED_JSON"
            else _csv(path, load, fields)
        )
        columns = ", ".join(f'"{field["name"]}" {duckdb_type(field)}' for field in fields)
        with project.database.cursor() as cursor:
            try:
                verb = "create or replace table" if is_new else "create table if not exists"
                cursor.execute(f"{verb} {place} ({columns})")
                cursor.execute(f"insert into {place} by name {source}")
            except duckdb.Error as error:
                raise Refusal("invalid", f"Error while reading data: {error}") from error
    if is_new:
        project.options[target["datasetId"], target["tableId"]] = TableOptions()


def _csv(path: Path, load: dict[str, Any], fields: list[dict[str, Any]]) -> str:
    names = ", ".join(f"'{field['name']}': 'VARCHAR'" for field in fields)
    casts = ", ".join(
        f'cast("{field["name"]}" as {duckdb_type(field)}) as "{field["name"]}"' for field in fields
    )
    skipped, delimiter = int(load.get("skipLeadingRows", 0)), load.get("fieldDelimiter", ",")
    return (
        f"select {casts} from read_csv('{path}', header = false, auto_detect = false, "
        f"delim = '{delimiter}', quote = '\"', escape = '\"', skip = {skipped}, nullstr = '', "
        f"allow_quoted_nulls = false, columns = {{{names}}})"
    )


def _json(path: Path, fields: list[dict[str, Any]]) -> str:
    names = ", ".join(f"'{field['name']}': '{duckdb_type(field)}'" for field in fields)
    return f"select * from read_json('{path}', format = 'newline_delimited', columns = {{{names}}})"
