"""One project's state: the DuckDB that holds its datasets, options of tables, and sessions.

Runs translated statements; how they are asked for over HTTP is `jobs`'.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
from sqlglot import exp

from tests.engines.bigquery import functions
from tests.engines.bigquery.answers import Refusal
from tests.engines.bigquery.column_types import Field, field_of, fields_of
from tests.engines.bigquery.dialect import Column, Statement, translated
from tests.engines.bigquery.information_schema import CatalogueQueries
from tests.engines.bigquery.table_options import TableOptions, unfiltered

_OWN = ("main", "information_schema", "pg_catalog")
_CHANGES = {"INSERT", "UPDATE", "DELETE", "MERGE"}
#: What a value may become in a column of a typed CREATE TABLE.
_COERCIBLE = {("INTEGER", "FLOAT"), ("INTEGER", "NUMERIC"), ("NUMERIC", "FLOAT"), ("DATE", "DATETIME")}


@dataclass
class Outcome:
    """What a statement came to."""

    kind: str
    fields: list[Field] = field(default_factory=list)
    rows: list[Sequence[Any]] = field(default_factory=list)
    changed_rows: int | None = None
    target: tuple[str, str] | None = None


class Project:
    """Raises Refusal for whatever does not run."""

    def __init__(self, name: str, location: str) -> None:
        self.name = name
        self.location = location
        self.database = duckdb.connect()
        self.database.execute("set global timezone = 'UTC'")
        self.database.execute(functions.definitions())
        self.options: dict[tuple[str, str], TableOptions] = {}
        self.view_queries: dict[tuple[str, str], str] = {}
        self._sessions: dict[str, duckdb.DuckDBPyConnection] = {}
        self._lock = threading.RLock()
        self._catalogue = CatalogueQueries(name, self.database, self.options)

    def close(self) -> None:
        for cursor in self._sessions.values():
            cursor.close()
        self.database.close()

    def begin_session(self) -> str:
        session_id = uuid.uuid4().hex
        self._sessions[session_id] = self.database.cursor()
        return session_id

    def end_session(self, session_id: str) -> None:
        self._sessions.pop(session_id).close()

    def datasets(self) -> list[str]:
        found = self.database.cursor().execute(
            "select schema_name from duckdb_schemas() where database_name = current_database() order by 1"
        )
        return [name for (name,) in found.fetchall() if name not in _OWN]

    def run(
        self, tree: exp.Expression, parameters: dict[str, Any], types: dict[str, str], session_id: str | None
    ) -> Outcome:
        """Run one statement, on its own or within a session. Parameters are cast to their `types`."""
        with self._lock:
            self._refuse_unfiltered(tree)
            statement = translated(_with_parameters(tree, types), self.name, self._catalogue.query)
            cursor = self.database.cursor() if session_id is None else self._session(session_id)
            try:
                used = {each.name for each in tree.find_all(exp.Parameter)}
                return self._run(cursor, statement, {name: parameters[name] for name in used})
            except duckdb.Error as error:
                raise _refusal(error, statement) from error
            finally:
                if session_id is None:
                    cursor.close()

    def _session(self, session_id: str) -> duckdb.DuckDBPyConnection:
        if session_id not in self._sessions:
            raise Refusal("invalid", f"Session {session_id} is not found or was terminated")
        return self._sessions[session_id]

    def _run(
        self, cursor: duckdb.DuckDBPyConnection, statement: Statement, values: dict[str, Any]
    ) -> Outcome:
        outcome = Outcome(statement.kind, target=statement.target)
        if statement.sql:
            sql = _coerced(cursor, statement, values) if statement.columns else statement.sql
            cursor.execute(sql, values or None)
            self._read(cursor, outcome)
        self._keep(cursor, statement)
        return outcome

    @staticmethod
    def _read(cursor: duckdb.DuckDBPyConnection, outcome: Outcome) -> None:
        if outcome.kind == "SELECT":
            outcome.fields = fields_of(cursor.description or [])
            outcome.rows = cursor.fetchall()
        elif outcome.kind in _CHANGES:
            counted = cursor.fetchone()
            outcome.changed_rows = int(counted[0]) if counted else 0

    def _keep(self, cursor: duckdb.DuckDBPyConnection, statement: Statement) -> None:
        if statement.target is None:
            return
        if statement.kind.startswith("DROP"):
            self.options.pop(statement.target, None)
        elif statement.options is not None:
            self.options[statement.target] = statement.options
        if statement.view_query is not None:
            self.view_queries[statement.target] = statement.view_query
        dataset, table = statement.target
        for column in statement.columns:
            if column.is_required:
                cursor.execute(f'alter table "{dataset}"."{table}" alter column "{column.name}" set not null')

    def _refuse_unfiltered(self, tree: exp.Expression) -> None:
        required = {
            place: str(options.partition_column)
            for place, options in self.options.items()
            if options.requires_filter
        }
        for dataset, table, column in unfiltered(tree, required) if required else ():
            raise Refusal(
                "invalidQuery",
                f"Cannot query over table '{dataset}.{table}' without a filter over column(s) '{column}' "
                "that can be used for partition elimination",
            )


def _with_parameters(tree: exp.Expression, types: dict[str, str]) -> exp.Expression:
    typed = tree.copy()
    for each in list(typed.find_all(exp.Parameter)):
        if each.name not in types:
            raise Refusal("invalidQuery", f"Query parameter '{each.name}' not found")
        each.replace(exp.Cast(this=each.copy(), to=exp.DataType.build(types[each.name], dialect="duckdb")))
    return typed


def _coerced(cursor: duckdb.DuckDBPyConnection, statement: Statement, values: dict[str, Any]) -> str:
    """The CREATE with its select cast to the declared types, which have to be there already but for what
    BigQuery coerces."""
    query = statement.tree.expression
    head, _, body = statement.sql.partition(" AS ")
    cursor.execute(f"select * from ({body}) limit 0", values or None)
    found = fields_of(cursor.description or [])
    if len(found) != len(statement.columns):
        raise Refusal(
            "invalidQuery", f"Column count {len(found)} is not that of the table, {len(statement.columns)}"
        )
    for given, declared in zip(found, statement.columns, strict=True):
        wanted = field_of(declared.name, duckdb.type(declared.kind))
        pair = (given["type"], wanted["type"])
        if pair[0] != pair[1] and pair not in _COERCIBLE:
            raise Refusal(
                "invalidQuery",
                f"Column {declared.name} has type {wanted['type']}, which {given['type']} is not",
            )
    assert query is not None
    names = ", ".join(f'"{column.name}"' for column in statement.columns)
    casts = ", ".join(
        f'cast("{column.name}" as {column.kind}) as "{column.name}"' for column in statement.columns
    )
    return f"{head} AS select {casts} from ({body}) as typed({names})"


def _refusal(error: duckdb.Error, statement: Statement) -> Refusal:
    text = str(error)
    if isinstance(error, duckdb.TransactionException) or "Conflict on" in text:
        table = ".".join(statement.target or ("unknown",))
        return Refusal(
            "invalidQuery", f"Transaction is aborted due to concurrent update against table {table}. ({text})"
        )
    if isinstance(error, duckdb.CatalogException) and "does not exist" in text:
        return Refusal("notFound", f"Not found: {text}")
    if isinstance(error, duckdb.CatalogException) and "already exists" in text:
        return Refusal("duplicate", f"Already Exists: {text}")
    return Refusal("invalidQuery", text)


__all__ = ["Column", "Outcome", "Project"]
