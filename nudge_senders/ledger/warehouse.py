"""The seam between the ledger and an engine: one transaction at a time, named parameters in, plain rows out.

A backend is one file beside `duckdb_warehouse`; nothing else in the ledger knows which engine it is on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = dict[str, Any]


class Session(Protocol):
    """An open transaction."""

    def run(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Run one statement (`:name` placeholders) and return its rows, none for a statement that has
        none."""

    def changed_rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> int:
        """Run one update or insert and return how many rows it changed."""

    def append_new(
        self, table: str, *, columns: Mapping[str, str], key: str, rows: Sequence[Mapping[str, object]]
    ) -> None:
        """Insert the rows whose `key` the table does not hold yet; `columns` are names and SQL types. A
        backend's own, as engines differ in how many rows at once are cheap."""


class Warehouse(Protocol):
    """An engine that holds a ledger."""

    def exists(self) -> bool:
        """Is there anything to open? Never creates it."""

    def transaction(self) -> AbstractContextManager[Session]:
        """Connect, begin, and on leaving commit and disconnect; roll back and disconnect on an exception.

        A transaction that collides with another is rolled back and raises CollidedTransaction."""

    def reading(self) -> AbstractContextManager[Session]:
        """As `transaction`, for statements that only read and need not see one and the same state."""

    def run_definitions(self, statements: list[str]) -> None:
        """Run DDL outside of a transaction and make it durable at once."""


class CollidedTransaction(Exception):
    """Two transactions touched the same row; this one did nothing and may be repeated."""
