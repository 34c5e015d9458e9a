"""What is asked of an open warehouse on every engine: a query with values, which relations and columns there
are, and the few expressions that engines spell differently.

How an engine answers is said in its own file (`duckdb_connection`, `bigquery_connection`,
`snowflake_connection`); which one is opened, in `opened`. Nobody else asks on which engine it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd


class Found(Protocol):
    """The rows of a query. Instants are naive UTC."""

    @property
    def description(self) -> Any:
        """A sequence whose items begin with a column's name, also where there is no row."""

    def fetchall(self) -> list[Any]: ...

    def fetchone(self) -> Any: ...

    def df(self) -> pd.DataFrame:
        """All rows as a frame."""


@dataclass(frozen=True)
class FoundColumn:
    """A column as the catalogue has it, names as they are stored; `kind` is its type in DuckDB's words, in
    capitals."""

    database: str
    schema: str
    table: str
    name: str
    kind: str
    is_of_view: bool = False


class Connection(Protocol):
    """An open warehouse. Values stand for `?`, `$1` or `$name` in the query; instants are naive UTC or
    aware. Names of schemas and relations are as dbt writes them, types are DuckDB's."""

    def execute(self, query: str, parameters: Any = None) -> Found: ...

    def columns_of(self, schema: str, table: str) -> frozenset[str]:
        """Names of the relation's columns in lower case; empty when there is no such relation."""

    def relations_of(self, schema: str) -> list[str]:
        """Names of tables and views; empty when there is no such schema."""

    def catalogue(self, schemas: Iterable[tuple[str | None, str]]) -> list[FoundColumn]:
        """The columns of every relation of these (database, schema), and of more where that costs nothing.
        No database means the warehouse's own."""

    def database(self) -> str:
        """The warehouse's own, as `catalogue` names it."""

    def relation(self, schema: str, table: str, database: str | None = None) -> str:
        """The relation as it stands in a query, names as stored."""

    @property
    def is_scan_billed(self) -> bool:
        """Whether a look costs all that it may have to read, however few rows it wants."""

    def is_empty(self, schema: str, table: str, database: str | None = None) -> bool:
        """Whether the relation, which is there, has no rows."""

    def arrivals(self, schema: str, table: str, load_column: str | None) -> Sequence[object]:
        """What is another when rows were added to a table that rows are only ever added to, found out without
        reading them: their number and their newest load, or what the catalogue knows."""

    def whole(self, schema: str, table: str, database: str | None = None) -> str:
        """As `relation`, for a query that reads all of a table of somebody else's."""

    def schema_name(self, schema: str) -> str:
        """The schema's full name, as a definition has it."""

    def quoted(self, name: str) -> str:
        """A stored name as it stands in a query."""

    def comment_of(self, schema: str, table: str) -> str | None:
        """What was written on the table by `comment`; None when nothing was or there is no table."""

    def comment(self, schema: str, table: str, text: str) -> None:
        """Write a text without quotes on the table itself, where it goes wherever the table goes."""

    def define(self, statement: str) -> None:
        """Run a definition with DuckDB's types, at once and for good."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """What is run on the answer is kept as a whole, or not at all. No definitions in it."""

    def compact(self) -> None:
        """Take what was overwritten out of the storage, as far as that can be done now."""

    def append(self, table: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> None:
        """Insert the rows into the `relation` of that name; `columns` are names and types."""

    # -- what engines spell differently

    def hash_of_rows(self, alias: str) -> str:
        """An aggregate over all columns of the relation called `alias`, the same for the same rows in any
        order."""

    def cast_or_null(self, value: str, kind: str) -> str:
        """A text as `boolean` or `timestamp` as the models read it; null for what is none."""

    def instant_of_seconds(self, seconds: str) -> str:
        """Seconds since 1970 as an instant."""

    def json_text(self, value: str, key: str) -> str:
        """The text of a scalar, or of the first element of a list, under a key of a JSON text."""

    def edit_distance(self, one: str, other: str) -> str: ...

    def is_known_time_zone(self, value: str) -> str:
        """Whether the engine knows the zone, as the models ask it."""

    def sampled(self, relation: str, *, percent: float, rows: int, is_view: bool) -> str:
        """The relation with about so many of its rows, drawn without reading the others where that can be."""
