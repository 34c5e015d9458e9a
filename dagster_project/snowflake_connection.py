"""Snowflake as a `connection.Connection`: queries are statements of the ledger's kind, in one transaction a
visit.

What is read and why is said by the callers.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from zoneinfo import available_timezones

from dagster_project.connection import FoundColumn
from dagster_project.errors import Refused, WarehouseBusy
from dagster_project.placeholders import in_named_values
from dagster_project.rows import Rows
from dagster_project.settings import Settings
from dagster_project.unbilled_looks import UnbilledLooks
from nudge_senders.errors import LedgerUnreadable, SenderMisconfigured
from nudge_senders.ledger.snowflake_warehouse import SnowflakeSession, open_snowflake
from nudge_senders.ledger.statements import checked_identifier
from nudge_senders.ledger.warehouse import CollidedTransaction

_OF_TABLE = "where lower(table_schema) = lower(:schema_name) and lower(table_name) = lower(:table_name)"
_KINDS = {"TEXT": "VARCHAR", "NUMBER": "DECIMAL", "FLOAT": "DOUBLE", "VARIANT": "JSON", "OBJECT": "JSON"}


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
    except CollidedTransaction as collision:
        raise WarehouseBusy(f"Another process writes the same rows ({collision}); try again.") from collision


class SnowflakeConnection(UnbilledLooks):
    """See `connection.Connection`. Names that dbt writes are unquoted: their case is Snowflake's."""

    def __init__(self, session: SnowflakeSession) -> None:
        self._session = session

    def execute(self, query: str, parameters: Any = None) -> Rows:
        return Rows(*self._session.named_rows(*in_named_values(query, parameters)))

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

    def catalogue(self, schemas: Iterable[tuple[str | None, str]]) -> list[FoundColumn]:
        databases = sorted({database or self.database() for database, _ in schemas})
        return [column for database in databases for column in self._catalogue_of(database)]

    def database(self) -> str:
        return str(self._session.run("select current_database() as name")[0]["name"])

    def relation(self, schema: str, table: str, database: str | None = None) -> str:
        if database is not None:
            return ".".join(map(self.quoted, (database, schema, table)))
        return f"{checked_identifier(schema)}.{checked_identifier(table)}"

    def schema_name(self, schema: str) -> str:
        return schema

    def quoted(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

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

    @contextmanager
    def transaction(self) -> Iterator[SnowflakeConnection]:
        # The visit is one already, and what it has done so far is not to be undone with the rest.
        self._session.commit()
        yield self
        self._session.commit()

    def compact(self) -> None:
        """Nothing can be done: the table's time travel and fail-safe keep what was for days."""

    def append(self, table: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> None:
        if rows:
            self._session.append(table, columns=columns, rows=rows)

    def hash_of_rows(self, alias: str) -> str:
        return f"hash_agg({alias}.*)"

    def cast_or_null(self, value: str, kind: str) -> str:
        if kind == "boolean":
            return f"try_cast({value} as boolean)"
        # It reads digits as seconds or more after 1970; nobody can say which.
        told = f"case when not regexp_like({value}, ' *[0-9]+ *') then trim({value}) end"
        zoned = f"try_cast({told} as timestamp_tz)"
        return f"cast(convert_timezone('UTC', {zoned}) as timestamp_ntz(6))"

    def instant_of_seconds(self, seconds: str) -> str:
        return f"to_timestamp_ntz(cast(({seconds}) * 1000000 as number(38, 0)), 6)"

    def json_text(self, value: str, key: str) -> str:
        found = f"get_path(try_parse_json({value}), {_text(self.quoted(key))})"
        first = f"nullif(cast({found}[0] as varchar), '')"
        return (
            f"case left(to_json({found}), 1) when '{{' then null "
            f"when '[' then case when left(to_json({found}[0]), 1) not in ('{{', '[') then {first} end "
            f"else nullif(cast({found} as varchar), '') end"
        )

    def edit_distance(self, one: str, other: str) -> str:
        return f"editdistance({one}, {other})"

    def is_known_time_zone(self, value: str) -> str:
        # It has no list of its zones, and one name that it does not take fails the whole query.
        known = sorted(name for name in available_timezones() if "/" in name)
        return f"{value} in ('UTC', {', '.join(map(_text, known))})"

    def sampled(self, relation: str, *, percent: float, rows: int, is_view: bool) -> str:
        if is_view:
            return f"(select * from {relation} limit {rows})"
        return f"{relation} tablesample system ({percent:.4f})"

    def _catalogue_of(self, database: str) -> Iterator[FoundColumn]:
        schema = f"{self.quoted(database)}.information_schema"
        found = self._session.run(
            "select c.table_schema, c.table_name, c.column_name, c.data_type, t.table_type "
            f"from {schema}.columns as c inner join {schema}.tables as t "
            "on c.table_schema = t.table_schema and c.table_name = t.table_name "
            "order by c.table_schema, c.table_name, c.ordinal_position"
        )
        for row in found:
            kind = str(row["data_type"]).upper().partition("(")[0]
            yield FoundColumn(
                database,
                row["table_schema"],
                row["table_name"],
                row["column_name"],
                _KINDS.get(kind, kind),
                is_of_view=row["table_type"] == "VIEW",
            )


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
