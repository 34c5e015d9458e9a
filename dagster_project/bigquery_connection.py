"""BigQuery as a `CloudConnection`: queries are jobs of the ledger's kind, the catalogue is asked of the API,
which is free and needs no job.

What is read and why is said by the callers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dagster_project.connection import in_named_values
from dagster_project.errors import Refused
from dagster_project.settings import Settings
from nudge_senders.errors import LedgerUnreadable, SenderMisconfigured
from nudge_senders.ledger.bigquery_jobs import CATALOGUE_SECONDS_AT_MOST, BigQueryJobs, client_of, patience
from nudge_senders.ledger.bigquery_warehouse import BigQuerySession, BigQueryWarehouse
from nudge_senders.ledger.statements import checked_identifier


@contextmanager
def reading_bigquery(settings: Settings) -> Iterator[BigQueryConnection]:
    """Raises `Refused` for a missing extra or variable, and for what BigQuery refuses or does not answer."""
    try:
        client = client_of(os.environ)
        schema = settings.schema("nudges")
        warehouse = BigQueryWarehouse(BigQueryJobs(client, schema), schema)
        with warehouse.reading() as session:
            yield BigQueryConnection(client, warehouse, session)
    except SenderMisconfigured as error:
        raise Refused(str(error)) from error
    except LedgerUnreadable as error:
        raise Refused(f"BigQuery could not be read: {error}") from error


@contextmanager
def _told() -> Iterator[None]:
    """What the catalogue does not answer as a refusal of one line."""
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from requests.exceptions import RequestException

    try:
        yield
    except (GoogleAPIError, GoogleAuthError, RequestException, OSError) as error:
        first_line = str(error).partition("\n")[0][:300]
        raise Refused(f"BigQuery's catalogue could not be read: {first_line}") from error


class _Rows:
    """See `connection.Found`."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.description = [(name,) for name in rows[0]] if rows else []
        self._rows = [tuple(row.values()) for row in rows]

    def fetchall(self) -> list[Any]:
        return self._rows

    def fetchone(self) -> Any:
        return self._rows[0] if self._rows else None


class BigQueryConnection:
    """See `connection.CloudConnection`."""

    def __init__(self, client: Any, warehouse: BigQueryWarehouse, session: BigQuerySession) -> None:
        self._client = client
        self._warehouse = warehouse
        self._session = session

    def execute(self, query: str, parameters: Any = None) -> _Rows:
        text, values = in_named_values(query, parameters)
        return _Rows(self._session.run(text, values))

    def columns_of(self, schema: str, table: str) -> frozenset[str]:
        found = self._table(schema, table)
        return frozenset(field.name.lower() for field in found.schema) if found is not None else frozenset()

    def relations_of(self, schema: str) -> list[str]:
        from google.api_core.exceptions import NotFound

        with _told():
            try:
                listed = self._client.list_tables(
                    self._dataset(schema), retry=patience(), timeout=CATALOGUE_SECONDS_AT_MOST
                )
                return sorted(item.table_id for item in listed)
            except NotFound:
                return []

    def relation(self, schema: str, table: str) -> str:
        return f"`{self._dataset(schema)}.{checked_identifier(table)}`"

    def hash_of_rows(self, alias: str) -> str:
        return f"bit_xor(farm_fingerprint(to_json_string({alias})))"

    def comment_of(self, schema: str, table: str) -> str | None:
        found = self._table(schema, table)
        return found.description if found is not None else None

    def comment(self, schema: str, table: str, text: str) -> None:
        found = self._table(schema, table)
        if found is not None:
            found.description = text
            with _told():
                self._client.update_table(
                    found, ["description"], retry=patience(), timeout=CATALOGUE_SECONDS_AT_MOST
                )

    def define(self, statement: str) -> None:
        self._warehouse.run_definitions([statement])

    def _table(self, schema: str, table: str) -> Any:
        from google.api_core.exceptions import NotFound

        with _told():
            try:
                return self._client.get_table(
                    f"{self._dataset(schema)}.{table}", retry=patience(), timeout=CATALOGUE_SECONDS_AT_MOST
                )
            except NotFound:
                return None

    def _dataset(self, schema: str) -> str:
        return f"{self._client.project}.{checked_identifier(schema)}"
