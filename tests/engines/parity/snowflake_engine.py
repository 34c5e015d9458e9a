"""Snowflake's stand-in, through the adapter and the connector."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from nudge_senders.clock import system_clock
from nudge_senders.ledger import Ledger, open_ledger
from tests.engines.parity.engine import Rows, run_dbt
from tests.engines.snowflake.raw_tables import copy_raw_tables
from tests.engines.snowflake.service import PREFIX, Service, standing_in


class SnowflakeEngine:
    """See `Engine`."""

    name = "snowflake"

    def __init__(self, service: Service) -> None:
        self._service = service

    def load(self, source: Path) -> None:
        with self._service.connected() as connection:
            copy_raw_tables(source, connection)

    def ledger(self) -> Ledger:
        return open_ledger(
            self._service.home / "beside_the_warehouse",
            schema=f"{PREFIX}nudges",
            clock=system_clock,
            target="snowflake",
            environ=self._service.environ,
        )

    def build(self, project: Path, as_of: datetime | None) -> None:
        run_dbt(self._service.environ, self._service.home, project, as_of)

    def rows(self, schema: str, relation: str) -> Rows:
        with self._service.connected() as connection, connection.cursor() as cursor:
            cursor.execute(f"select * from {PREFIX}{schema}.{relation}")
            names = [str(column[0]).lower() for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def on_snowflake(home: Path) -> Iterator[SnowflakeEngine]:
    with standing_in(home, None) as service:
        yield SnowflakeEngine(service)
