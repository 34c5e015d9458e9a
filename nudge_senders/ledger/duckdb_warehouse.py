"""The ledger on DuckDB: a file that one process at a time may write, so it is opened late and closed early.

A lock held by somebody else is waited for, with jitter, up to a minute. What the ledger says in SQL lies
elsewhere.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import duckdb

from nudge_senders.errors import LedgerLocked, LedgerUnreadable
from nudge_senders.ledger.duckdb_files import is_locked, why_locked, why_unreadable
from nudge_senders.ledger.duckdb_held_file import HeldFile, hold
from nudge_senders.ledger.statements import bind
from nudge_senders.ledger.warehouse import CollidedTransaction, Row

_FIRST_WAIT_SECONDS = 0.05
_LONGEST_WAIT_SECONDS = 2.0


class DuckDBSession:
    """See `warehouse.Session`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        text, values = bind(sql, parameters or {}, "$")
        cursor = self._connection.execute(text, values)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def changed_rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> int:
        text, values = bind(sql, parameters or {}, "$")
        rows = self._connection.execute(text, values).fetchall()
        return int(rows[0][0]) if rows else 0

    def append_new(
        self, table: str, *, columns: Mapping[str, str], key: str, rows: Sequence[Mapping[str, object]]
    ) -> None:
        known = {
            found[0]
            for found in self._connection.execute(
                f"select {key} from {table} where {key} in (select unnest($keys))",
                {"keys": [row[key] for row in rows]},
            ).fetchall()
        }
        fresh = [row for row in rows if row[key] not in known]
        if not fresh:
            return
        # One list per column: twenty times as fast here as one placeholder per value. What is there is asked
        # for by itself, as a join with so many columns takes longer to plan.
        lists = ", ".join(f"unnest(cast(${name} as {kind}[]))" for name, kind in columns.items())
        self._connection.execute(
            f"insert into {table} ({', '.join(columns)}) select {lists}",
            {name: [row[name] for row in fresh] for name in columns},
        )


class DuckDBWarehouse:
    """See `warehouse.Warehouse`. `patience_seconds` bounds the wait for another process's lock."""

    def __init__(
        self,
        path: Path,
        *,
        patience_seconds: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._patience_seconds = patience_seconds
        self._sleep = sleep
        self._monotonic = monotonic

    def exists(self) -> bool:
        return self._path.exists()

    @contextmanager
    def transaction(self) -> Iterator[DuckDBSession]:
        file = self._hold()
        connection = file.connection
        try:
            connection.execute("begin transaction")
            try:
                yield DuckDBSession(connection)
                connection.execute("commit")
            except duckdb.TransactionException as error:
                self._roll_back(connection)
                raise CollidedTransaction(str(error)) from error
            except BaseException:
                self._roll_back(connection)
                raise
        finally:
            file.let_go()

    def reading(self) -> AbstractContextManager[DuckDBSession]:
        return self.transaction()

    def run_definitions(self, statements: list[str]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._hold()
        try:
            for text in statements:
                file.connection.execute(text)
            # Definitions in DuckDB's log are where its recovery has had its faults: do not leave them there.
            file.connection.execute("checkpoint")
        finally:
            file.let_go()

    def _roll_back(self, connection: duckdb.DuckDBPyConnection) -> None:
        # A failed commit has ended the transaction already.
        with suppress(duckdb.Error):
            connection.execute("rollback")

    def _hold(self) -> HeldFile:
        give_up_at = self._monotonic() + self._patience_seconds
        wait = _FIRST_WAIT_SECONDS
        while True:
            try:
                return hold(self._path)
            except duckdb.Error as error:
                if not is_locked(error):
                    raise LedgerUnreadable(f"{self._path}: {why_unreadable(self._path, error)}") from error
                if self._monotonic() + wait > give_up_at:
                    raise LedgerLocked(
                        f"{self._path}: {why_locked(error)} (waited {self._patience_seconds:.0f} s)"
                    ) from error
            self._sleep(wait * random.uniform(0.5, 1.0))
            wait = min(wait * 2, _LONGEST_WAIT_SECONDS)
