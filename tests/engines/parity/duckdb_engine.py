"""DuckDB, which the others are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from nudge_senders.clock import system_clock
from nudge_senders.ledger import Ledger, open_ledger
from tests.engines.parity.engine import Rows, run_dbt
from tests.engines.snowflake.raw_tables import RAW_SCHEMAS


class DuckDBEngine:
    """See `Engine`."""

    name = "duckdb"

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file = home / "warehouse.duckdb"

    def load(self, source: Path) -> None:
        with duckdb.connect(str(self._file)) as connection:
            connection.execute(f"attach '{source}' as history (read_only)")
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() "
                "where database_name = 'history' and schema_name in (select unnest(?)) order by all",
                [list(RAW_SCHEMAS)],
            ).fetchall()
            for schema, table in tables:
                connection.execute(f'create schema if not exists "{schema}"')
                connection.execute(
                    f'create or replace table "{schema}"."{table}" as from history."{schema}"."{table}"'
                )

    def ledger(self) -> Ledger:
        return open_ledger(self._file, clock=system_clock)

    def build(self, project: Path, as_of: datetime | None) -> None:
        environ = {"MILESTONE_AGENT_TARGET": "duckdb", "MILESTONE_AGENT_DUCKDB_PATH": str(self._file)}
        run_dbt(environ, self._home, project, as_of)

    def rows(self, schema: str, relation: str) -> Rows:
        with duckdb.connect(str(self._file), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            found = connection.execute(f'select * from "{schema}"."{relation}"')
            names = [str(column[0]).lower() for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@contextmanager
def on_duckdb(home: Path) -> Iterator[DuckDBEngine]:
    home.mkdir(parents=True)
    yield DuckDBEngine(home)
