"""The ledger on Snowflake: one transaction at a time, over a connection that is kept.

An update of the lease locks it until the end of the transaction, so that a second tick waits and then finds
the lease taken; who waits longer than LOCK_TIMEOUT is rolled back and may try again. What the ledger says in
SQL lies elsewhere. The connector is an extra and is imported when a warehouse is opened.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from typing import Any

from nudge_senders.errors import LedgerUnreadable, SenderMisconfigured
from nudge_senders.ledger.dialects import for_snowflake, snowflake_type
from nudge_senders.ledger.kept_connection import KeptConnection
from nudge_senders.ledger.snowflake_connection import connection_settings
from nudge_senders.ledger.statements import bind, checked_identifier
from nudge_senders.ledger.warehouse import CollidedTransaction, Row

#: 000625: a statement was given up because another transaction holds what it waits for.
_COLLISIONS = frozenset({625})
_MARK = "\0"
_MARKED = re.compile(_MARK + r"(\w+)")

#: Makes a connection of snowflake.connector.
Connect = Callable[[], Any]
#: By what they were made of.
_KEPT: dict[str, KeptConnection] = {}


def open_snowflake(schema: str, environ: Mapping[str, str]) -> SnowflakeWarehouse:
    """The ledger in this schema. Contacts nothing yet. Raises SenderMisconfigured, which names the variables
    or the extra that is missing."""
    settings = connection_settings(environ)
    try:
        import snowflake.connector as connector
    except ImportError as error:
        raise SenderMisconfigured(
            "the ledger on Snowflake needs an extra: pip install 'onboarding-milestone-agent[snowflake]'"
        ) from error

    def connect() -> Any:
        return connector.connect(**settings)

    # The ledger, the queue and whoever else looks in share it within a process.
    place = json.dumps(settings, sort_keys=True)
    return SnowflakeWarehouse(connect, schema, kept=_KEPT.setdefault(place, KeptConnection(connect)))


class SnowflakeSession:
    """See `warehouse.Session`."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def run(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        names, rows = self.named_rows(sql, parameters)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def named_rows(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        with self._connection.cursor() as cursor:
            cursor.execute(*_bound(sql, parameters))
            # Snowflake tells unquoted names in capitals.
            return [str(column[0]).lower() for column in cursor.description or []], cursor.fetchall()

    def changed_rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> int:
        with self._connection.cursor() as cursor:
            cursor.execute(*_bound(sql, parameters))
            return int(cursor.rowcount or 0)

    def commit(self) -> None:
        """Keep what was done so far, and go on in a new transaction."""
        self._connection.commit()
        with self._connection.cursor() as cursor:
            cursor.execute("begin transaction")

    def define(self, sql: str) -> None:
        """Run DDL, which commits what the transaction has done so far."""
        with self._connection.cursor() as cursor:
            cursor.execute(for_snowflake(sql))

    def append(self, table: str, *, columns: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> None:
        self._append(table, columns, rows, where="true")

    def append_new(
        self, table: str, *, columns: Mapping[str, str], key: str, rows: Sequence[Mapping[str, object]]
    ) -> None:
        unknown = f"not exists (select 1 from {table} as known where known.{key} = fresh.{key})"
        self._append(table, columns, rows, where=unknown)

    def _append(
        self, table: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, object]], where: str
    ) -> None:
        # One text for all rows: a placeholder per value would make a statement of megabytes.
        fresh = ", ".join(
            f'item.value:"{name}"::{snowflake_type(kind)} as {name}' for name, kind in columns.items()
        )
        names = ", ".join(columns)
        # What is left out reads as null.
        values = [{name: _as_json(row[name]) for name in columns if row[name] is not None} for row in rows]
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"insert into {table} ({names}) "
                f"select {', '.join(f'fresh.{name}' for name in columns)} from "
                f"(select {fresh} from table(flatten(input => parse_json(%(fresh_rows)s))) as item) as fresh "
                f"where {where}",
                {"fresh_rows": json.dumps(values)},
            )


class SnowflakeWarehouse:
    """See `warehouse.Warehouse`."""

    def __init__(self, connect: Connect, schema: str, *, kept: KeptConnection | None = None) -> None:
        self._kept = kept or KeptConnection(connect)
        self._schema = checked_identifier(schema)
        self._is_there = False

    def exists(self) -> bool:
        # Asked before every transaction, and a schema stays once it is there.
        if self._is_there:
            return True
        asked = (
            "select count(*) as schemas from information_schema.schemata "
            "where lower(schema_name) = lower(:schema_name)"
        )
        with self.transaction() as session:
            self._is_there = bool(session.run(asked, {"schema_name": self._schema})[0]["schemas"])
        return self._is_there

    @contextmanager
    def transaction(self) -> Iterator[SnowflakeSession]:
        with self._connected() as connection:
            try:
                with connection.cursor() as cursor:
                    cursor.execute("begin transaction")
                yield SnowflakeSession(connection)
                connection.commit()
            except BaseException:
                # A connection that is gone has rolled back by itself.
                with suppress(Exception):
                    connection.rollback()
                raise

    def reading(self) -> AbstractContextManager[SnowflakeSession]:
        return self.transaction()

    def run_definitions(self, statements: list[str]) -> None:
        # Each commits by itself and is repeatable as it stands.
        with self._connected() as connection:
            for text in statements:
                SnowflakeSession(connection).define(text)
            connection.commit()

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        """A connection for one transaction; the connector's errors by what they mean here.

        Their texts quote statements and values, so only kind and number are told.
        """
        try:
            with self._kept.lent() as connection:
                yield connection
        except Exception as error:
            number = getattr(error, "errno", None)
            if number is None or not type(error).__module__.startswith("snowflake."):
                raise
            if number in _COLLISIONS:
                raise CollidedTransaction(f"Snowflake error {number}") from error
            raise LedgerUnreadable(
                f"Snowflake refused a statement of the ledger: {type(error).__name__} {number}"
            ) from error


def _bound(sql: str, parameters: Mapping[str, object] | None) -> tuple[str, dict[str, object]]:
    """In the connector's own way of naming values, `%(name)s`."""
    text, values = bind(for_snowflake(sql), parameters or {}, _MARK)
    # The connector looks at a value's class, and refuses the words of our vocabulary as they are.
    values = {name: str(value) if isinstance(value, str) else value for name, value in values.items()}
    return _MARKED.sub(r"%(\1)s", text.replace("%", "%%")), values


def _as_json(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
