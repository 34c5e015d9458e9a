"""Writing a history into a DuckDB file as the raw contract says.

Belongs here: schemas, tables and rows, and appending only what has arrived by an instant. Does not belong
here: making rows.
"""

import json
import tempfile
from pathlib import Path

import duckdb

from tests.oracle.raw import ARRIVES, COLUMNS, EVENT_TABLES, INSTANT, INTEGER, LEAVES, History, Row

# Loaders append to these; the others are copied whole at each sync.
APPENDED = frozenset(
    {*EVENT_TABLES.values(), "segment.groups", "feedback.message_events", "loader.heartbeats"}
)

_ALWAYS = -(2**62)


def visible(history: History, until: int | None) -> dict[str, list[Row]]:
    """The rows that are in the warehouse at an instant: arrived, and not yet replaced."""
    return {table: [row for row in rows if _is_there(row, until)] for table, rows in history.items()}


def load(
    path: Path, history: History, rows_until: int | None = None, *, instant_type: str = "timestamp"
) -> None:
    """Write the rows that are there at `rows_until` (all, when none is given).

    Event tables keep what an earlier call wrote and get the rest appended; the other tables are replaced.
    """
    with duckdb.connect(str(path)) as connection:
        connection.execute("set timezone='UTC'")
        for table, rows in history.items():
            columns = _columns(table, rows)
            schema = table.split(".")[0]
            connection.execute(f"create schema if not exists {schema}")
            definition = ", ".join(
                f'"{name}" {instant_type if kind == INSTANT else kind}' for name, kind in columns.items()
            )
            if table not in APPENDED:
                connection.execute(f"drop table if exists {table}")
            connection.execute(f"create table if not exists {table} ({definition})")
            there = [row for row in rows if _is_there(row, rows_until)]
            if table in APPENDED:
                # What is there was written in the order of arrival, so the rest is the tail.
                there.sort(key=lambda row: int(row.get(ARRIVES, _ALWAYS)))
                (count,) = connection.execute(f"select count(*) from {table}").fetchone() or (0,)
                there = there[int(count) :]
            _insert(connection, table, columns, there, instant_type)


def _is_there(row: Row, until: int | None) -> bool:
    if until is None:
        return LEAVES not in row
    return row.get(ARRIVES, _ALWAYS) <= until and not row.get(LEAVES, 2**62) <= until


def _columns(table: str, rows: list[Row]) -> dict[str, str]:
    found = {name for row in rows for name in row} or set(COLUMNS[table])
    return {name: kind for name, kind in COLUMNS[table].items() if name in found}


def _insert(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: dict[str, str],
    rows: list[Row],
    instant_type: str,
) -> None:
    if not rows:
        return
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False, encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps({name: row.get(name) for name in columns}) + "\n")
    json_types = ", ".join(
        f"'{name}': '{'bigint' if kind in (INSTANT, INTEGER) else kind}'" for name, kind in columns.items()
    )
    written = ", ".join(
        f'"{name}"' if kind != INSTANT else _instant(name, instant_type) for name, kind in columns.items()
    )
    connection.execute(
        f"insert into {table} select {written} from read_json('{file.name}', format='newline_delimited', "
        f"columns={{{json_types}}})"
    )
    Path(file.name).unlink()


def _instant(name: str, instant_type: str) -> str:
    value = f'make_timestamp("{name}")'
    if instant_type == "varchar":
        return f"strftime({value}, '%Y-%m-%dT%H:%M:%S.%fZ')"
    return f"{value} at time zone 'UTC'" if instant_type == "timestamptz" else value
