"""BigQuery's stand-in, through the adapter; rows are read from the engine below it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from nudge_senders.clock import system_clock
from nudge_senders.ledger import Ledger, open_ledger
from tests.engines.bigquery.raw_tables import copy_raw_tables
from tests.engines.bigquery.service import PREFIX, Service, standing_in
from tests.engines.parity.engine import Rows, run_dbt


class BigQueryEngine:
    """See `Engine`."""

    name = "bigquery"

    def __init__(self, service: Service) -> None:
        self._service = service

    def load(self, source: Path) -> None:
        assert self._service.stand_in is not None
        copy_raw_tables(source, self._service.stand_in.database)

    def ledger(self) -> Ledger:
        return open_ledger(
            self._service.home / "beside_the_warehouse",
            schema=f"{PREFIX}nudges",
            clock=system_clock,
            target="bigquery",
            environ=self._service.environ,
        )

    def build(self, project: Path, as_of: datetime | None) -> None:
        run_dbt(self._service.environ, self._service.home, project, as_of)

    def rows(self, schema: str, relation: str) -> Rows:
        rows = self._service.rows(f"select * from {PREFIX}{schema}.{relation}")
        return [{name.lower(): value for name, value in row.items()} for row in rows]


@contextmanager
def on_bigquery(home: Path, source: Path) -> Iterator[BigQueryEngine]:
    # The client of the ledger finds its key where Google's library looks for it: in its own environment.
    with standing_in(home, source) as service, patch.dict(os.environ, service.environ):
        # The stand-in answers for relations of datasets that are there; the ledger's stays empty.
        service.run("init")
        yield BigQueryEngine(service)
