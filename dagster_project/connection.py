"""What is asked of an open warehouse on every engine: a query with values, and which relations and columns
there are.

DuckDB's own connection answers the queries itself; a cloud engine is a `CloudConnection`, one file each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable


class Found(Protocol):
    """The rows of a query."""

    @property
    def description(self) -> Any:
        """A sequence whose items begin with a column's name."""

    def fetchall(self) -> list[Any]: ...

    def fetchone(self) -> Any: ...


class Connection(Protocol):
    """An open warehouse. Values stand for `?`, `$1` or `$name` in the query; instants are naive UTC or
    aware."""

    def execute(self, query: str, parameters: Any = ...) -> Any:
        """Run the query; the answer is a `Found`."""


@runtime_checkable
class CloudConnection(Protocol):
    """A `Connection` that knows its own catalogue. Names are as dbt writes them."""

    def execute(self, query: str, parameters: Any = None) -> Found: ...

    def columns_of(self, schema: str, table: str) -> frozenset[str]:
        """Names of the relation's columns in lower case; empty when there is no such relation."""

    def relations_of(self, schema: str) -> list[str]:
        """Names of tables and views; empty when there is no such schema."""

    def relation(self, schema: str, table: str) -> str:
        """The relation as it stands in a query."""

    def hash_of_rows(self, alias: str) -> str:
        """An aggregate over all columns of the relation called `alias`, the same for the same rows in any
        order."""

    def comment_of(self, schema: str, table: str) -> str | None:
        """What was written on the table by `comment`; None when nothing was or there is no table."""

    def comment(self, schema: str, table: str, text: str) -> None: ...

    def define(self, statement: str) -> None:
        """Run a definition with the ledger's types (`varchar`, `timestamp`)."""


def in_named_values(query: str, parameters: Any) -> tuple[str, dict[str, object]]:
    """The query with `:name` for every value, as a `Session` takes it, from DuckDB's ways of writing one."""
    if not parameters:
        return query, {}
    if isinstance(parameters, dict):
        named = dict(parameters)
        for name in named:
            query = query.replace(f"${name}", f":{name}")
        return query, named
    values: Sequence[object] = list(parameters)
    named = {f"value_{number}": value for number, value in enumerate(values, start=1)}
    if "?" not in query:
        for number in range(len(values), 0, -1):
            query = query.replace(f"${number}", f":value_{number}")
        return query, named
    pieces = query.split("?")
    if len(pieces) != len(values) + 1:
        raise ValueError(f"{len(values)} values for {len(pieces) - 1} placeholders")
    return "".join(
        piece + (f":value_{number}" if number <= len(values) else "")
        for number, piece in enumerate(pieces, start=1)
    ), named
