"""Snowflake as a `CloudConnection`: queries are statements of the ledger's kind, in one transaction a visit.

What is read and why is said by the callers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster_project.connection import in_named_values
from dagster_project.errors import Refused
from dagster_project.settings import Settings
from nudge_senders.errors import LedgerUnreadable, SenderMisconfigured
from nudge_senders.ledger.snowflake_warehouse import SnowflakeSession, open_snowflake
from nudge_senders.ledger.statements import checked_identifier

_OF_TABLE = "where lower(table_schema) = lower(:schema_name) and lower(table_name) = lower(:table_name)"


@contextmanager
def reading_snowflake(settings: Settings) -> Iterator[SnowflakeConnection]:
    """Raises `Refused` for a missing extra or variable, and for what Snowflake refuses or does not answer."""
    try:
        warehouse = open_snowflake(settings.schema("nudges"), os.environ)
        with warehouse.transaction() as session:
            yield SnowflakeConnection(session)
    except SenderMisconfigured as error:
        raise Refused(str(error)) from error
    except LedgerUnreadable as error:
        raise Refused(f"Snowflake could not be read: {error}") from error


class _Rows:
    """See `connection.Found`."""

    def __init__(self, names: list[str], rows: list[tuple[Any, ...]]) -> None:
        self.description = [(name,) for name in names]
        self._rows = rows

    def fetchall(self) -> list[Any]:
        return self._rows

    def fetchone(self) -> Any:
        return self._rows[0] if self._rows else None


class SnowflakeConnection:
    """See `connection.CloudConnection`. Names are unquoted, as dbt writes them: their case is
    Snowflake's."""

    def __init__(self, session: SnowflakeSession) -> None:
        self._session = session

    def execute(self, query: str, parameters: Any = None) -> _Rows:
        text, values = in_named_values(query, parameters)
        return _Rows(*self._session.names_and_rows(text, values))

    def columns_of(self, schema: str, table: str) -> frozenset[str]:
        found = self._session.run(
            f"select lower(column_name) as name from information_schema.columns {_OF_TABLE}",
            {"schema_name": schema, "table_name": table},
        )
        return frozenset(str(row["name"]) for row in found)

    def relations_of(self, schema: str) -> list[str]:
        found = self._session.run(
            "select lower(table_name) as name from information_schema.tables "
            "where lower(table_schema) = lower(:schema_name)",
            {"schema_name": schema},
        )
        return sorted(str(row["name"]) for row in found)

    def relation(self, schema: str, table: str) -> str:
        return f"{checked_identifier(schema)}.{checked_identifier(table)}"

    def hash_of_rows(self, alias: str) -> str:
        return f"hash_agg({alias}.*)"

    def comment_of(self, schema: str, table: str) -> str | None:
        found = self._session.run(
            f"select comment as told from information_schema.tables {_OF_TABLE}",
            {"schema_name": schema, "table_name": table},
        )
        return (found[0]["told"] or None) if found else None

    def comment(self, schema: str, table: str, text: str) -> None:
        self.define(f"comment on table {self.relation(schema, table)} is '{text}'")

    def define(self, statement: str) -> None:
        self._session.define(statement)
