"""BigQuery as a `connection.Connection`: queries are jobs of the ledger's kind; whether a relation is there
is asked of the API, which is free and needs no job.

What is read and why is said by the callers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dagster_project.connection import FoundColumn
from dagster_project.errors import Refused, WarehouseBusy
from dagster_project.placeholders import in_named_values
from dagster_project.rows import Rows
from dagster_project.settings import Settings
from nudge_senders.errors import LedgerUnreadable, SenderMisconfigured
from nudge_senders.ledger.bigquery_jobs import CATALOGUE_SECONDS_AT_MOST, BigQueryJobs, client_of, patience
from nudge_senders.ledger.bigquery_warehouse import BigQuerySession, BigQueryWarehouse
from nudge_senders.ledger.statements import checked_identifier
from nudge_senders.ledger.warehouse import CollidedTransaction

_KINDS = {
    "STRING": "VARCHAR",
    "INT64": "BIGINT",
    "FLOAT64": "DOUBLE",
    "BOOL": "BOOLEAN",
    "NUMERIC": "DECIMAL",
    "BIGNUMERIC": "DECIMAL",
    "DATETIME": "TIMESTAMP",
}
_TRUE, _FALSE = "'true', 't', 'yes', 'y', '1'", "'false', 'f', 'no', 'n', '0'"


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
    except CollidedTransaction as collision:
        raise WarehouseBusy(f"Another process writes the same rows ({collision}); try again.") from collision


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


class BigQueryConnection:
    """See `connection.Connection`."""

    def __init__(self, client: Any, warehouse: BigQueryWarehouse, session: BigQuerySession) -> None:
        self._client = client
        self._warehouse = warehouse
        self._session = session

    def execute(self, query: str, parameters: Any = None) -> Rows:
        return Rows(*self._session.named_rows(*in_named_values(query, parameters)))

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

    def catalogue(self, schemas: Iterable[tuple[str | None, str]]) -> list[FoundColumn]:
        return [column for place in sorted(set(_named(schemas))) for column in self._catalogue_of(*place)]

    def database(self) -> str:
        return str(self._client.project)

    def relation(self, schema: str, table: str, database: str | None = None) -> str:
        return f"`{self._dataset(schema, database)}.{table.replace('`', '')}`"

    @property
    def is_scan_billed(self) -> bool:
        return True

    def is_empty(self, schema: str, table: str, database: str | None = None) -> bool:
        found = self._table(schema, table, database)
        # Of a view nobody knows; what is being streamed in is no row of the table yet.
        if found is not None and found.table_type == "TABLE" and found.num_rows:
            return False
        look = f"select 1 as one from {self.whole(schema, table, database)} limit 1"
        return self.execute(look).fetchone() is None

    def arrivals(self, schema: str, table: str, load_column: str | None) -> Sequence[object]:
        found = self._table(schema, table)
        if found is not None and found.table_type == "TABLE":
            streamed = found.streaming_buffer
            return [found.num_rows, found.modified, streamed.estimated_rows if streamed else None]
        newest = f"max({load_column})" if load_column else "null"
        return list(self.execute(f"select count(*), {newest} from {self.whole(schema, table)}").fetchone())

    def whole(self, schema: str, table: str, database: str | None = None) -> str:
        relation = self.relation(schema, table, database)
        found = self._table(schema, table, database)
        if found is None or not found.require_partition_filter:
            return relation
        # BigQuery reads nothing without a predicate that references the partition column alone.
        column, lowest = _partition_of(found)
        return f"(select * from {relation} where ({column} >= {lowest} or {column} is null))"

    def schema_name(self, schema: str) -> str:
        return schema

    def quoted(self, name: str) -> str:
        return f"`{name}`"

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

    @contextmanager
    def transaction(self) -> Iterator[BigQueryConnection]:
        with self._warehouse.transaction() as session:
            yield BigQueryConnection(self._client, self._warehouse, session)

    def compact(self) -> None:
        """Nothing can be done: the dataset's time travel and fail-safe keep what was for days."""

    def append(self, table: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> None:
        if rows:
            self._session.append(table, columns=columns, rows=rows)

    def hash_of_rows(self, alias: str) -> str:
        return f"bit_xor(farm_fingerprint(to_json_string({alias})))"

    def cast_or_null(self, value: str, kind: str) -> str:
        if kind == "boolean":
            return (
                f"case when lower({value}) in ({_TRUE}) then true when lower({value}) in ({_FALSE}) "
                "then false end"
            )
        # It takes neither a time without seconds nor one that is finer than microseconds.
        coarse = rf"regexp_replace(trim({value}), r'(\.\d{{6}})\d+', r'\1')"
        whole = rf"regexp_replace({coarse}, r'^(\d+-\d+-\d+[ T]\d+:\d+)($|[Z+-])', r'\1:00\2')"
        return f"safe_cast({whole} as timestamp)"

    def instant_of_seconds(self, seconds: str) -> str:
        return f"timestamp_micros(cast(({seconds}) * 1000000 as int64))"

    def json_text(self, value: str, key: str) -> str:
        parsed = f"safe.parse_json({value}, wide_number_mode => 'round')"
        paths = [_text(f"$.{json.dumps(key, ensure_ascii=False)}{first}") for first in ("", "[0]")]
        texts = ", ".join(f"nullif(json_value({parsed}, {path}), '')" for path in paths)
        return f"coalesce({texts})"

    def edit_distance(self, one: str, other: str) -> str:
        return f"edit_distance({one}, {other})"

    def is_known_time_zone(self, value: str) -> str:
        return (
            f"(safe.datetime(timestamp '2026-01-01', {value}) is not null and "
            f"regexp_contains({value}, r'^[A-Z]') and not regexp_contains({value}, r'^UTC.'))"
        )

    def sampled(self, relation: str, *, percent: float, rows: int, is_view: bool) -> str:
        if is_view or relation.startswith("("):
            return f"(select * from {relation} limit {rows})"
        return f"{relation} tablesample system ({percent:.4f} percent)"

    def _catalogue_of(self, database: str | None, schema: str) -> Iterator[FoundColumn]:
        place = self._dataset(schema, database)
        if not self._is_dataset(place):
            return
        with_kinds = self.execute(
            "select relations.table_schema, relations.table_name, columns.column_name, columns.data_type, "
            f"relations.table_type from `{place}`.INFORMATION_SCHEMA.COLUMNS as columns "
            f"inner join `{place}`.INFORMATION_SCHEMA.TABLES as relations "
            "on columns.table_name = relations.table_name "
            "order by relations.table_name, columns.ordinal_position"
        )
        for stored, table, column, kind, of_what in with_kinds.fetchall():
            name = str(kind).upper().partition("(")[0]
            project = database or self.database()
            yield FoundColumn(
                project, stored, table, column, _KINDS.get(name, name), is_of_view=of_what == "VIEW"
            )

    def _is_dataset(self, place: str) -> bool:
        from google.api_core.exceptions import NotFound

        with _told():
            try:
                self._client.get_dataset(place, retry=patience(), timeout=CATALOGUE_SECONDS_AT_MOST)
            except NotFound:
                return False
        return True

    def _table(self, schema: str, table: str, database: str | None = None) -> Any:
        from google.api_core.exceptions import NotFound

        with _told():
            try:
                return self._client.get_table(
                    f"{self._dataset(schema, database)}.{table}",
                    retry=patience(),
                    timeout=CATALOGUE_SECONDS_AT_MOST,
                )
            except NotFound:
                return None

    def _dataset(self, schema: str, database: str | None = None) -> str:
        return f"{database or self._client.project}.{checked_identifier(schema)}"


def _partition_of(table: Any) -> tuple[str, str]:
    """The partition column as it stands in a query, and a literal that no value of it is below."""
    if table.range_partitioning is not None:
        return f"`{table.range_partitioning.field}`", "-9223372036854775808"
    field = table.time_partitioning.field if table.time_partitioning is not None else None
    if field is None:
        return "_PARTITIONTIME", "timestamp '0001-01-01 00:00:00+00:00'"
    [kind] = [column.field_type for column in table.schema if column.name == field]
    zone = "+00:00" if kind == "TIMESTAMP" else ""
    lowest = "0001-01-01" if kind == "DATE" else f"0001-01-01 00:00:00{zone}"
    return f"`{field}`", f"{kind.lower()} '{lowest}'"


def _named(schemas: Iterable[tuple[str | None, str]]) -> Iterator[tuple[str, str]]:
    return ((database or "", schema) for database, schema in schemas)


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
