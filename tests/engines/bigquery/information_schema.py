"""The views of INFORMATION_SCHEMA, and `__TABLES__`, as DuckDB queries over its own catalogue.

Only the columns that dbt's catalogue and the ledger ask for are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import duckdb

from tests.engines.bigquery.answers import Refusal
from tests.engines.bigquery.column_types import field_of_text, standard_name
from tests.engines.bigquery.table_options import TableOptions

Options = Mapping[tuple[str, str], TableOptions]

_OWN = "schema_name not in ('main', 'information_schema', 'pg_catalog')"


class CatalogueQueries:
    """Queries for the views of one project."""

    def __init__(self, project: str, database: duckdb.DuckDBPyConnection, options: Options) -> None:
        self._project = project
        self._database = database
        self._options = options

    def query(self, dataset: str | None, view: str) -> str:
        """The rows of `dataset.INFORMATION_SCHEMA.view` or `dataset.__TABLES__`. Raises Refusal for an
        unknown one."""
        relations = self._relations(dataset)
        match view:
            case "TABLES":
                return (
                    f"select '{self._project}' as table_catalog, table_schema, table_name, "
                    f"if(kind = 2, 'VIEW', 'BASE TABLE') as table_type from ({relations})"
                )
            case "SCHEMATA":
                return (
                    f"select '{self._project}' as catalog_name, schema_name from duckdb_schemas() "
                    f"where database_name = current_database() and {_OWN}"
                )
            case "__TABLES__":
                return (
                    f"select '{self._project}' as project_id, table_schema as dataset_id, "
                    f"table_name as table_id, kind as type, 0 as size_bytes, row_count from ({relations})"
                )
            case "TABLE_OPTIONS":
                return self._listed(
                    ("table_catalog", "table_schema", "table_name", "option_name", "option_value"),
                    self._described(dataset),
                )
            case "COLUMNS" | "COLUMN_FIELD_PATHS":
                return self._listed(
                    (
                        "table_catalog", "table_schema", "table_name", "column_name", "field_path",
                        "data_type", "ordinal_position", "description", "is_partitioning_column",
                        "clustering_ordinal_position",
                    ),
                    self._columns(dataset),
                )  # fmt: skip
            case "MATERIALIZED_VIEWS":
                return self._listed(("table_catalog", "table_schema", "table_name"), iter(()))
            case _:
                raise Refusal("invalidQuery", f"INFORMATION_SCHEMA.{view} is not there")

    def _relations(self, dataset: str | None) -> str:
        where = f"database_name = current_database() and {_OWN}"
        if dataset is not None:
            where += f" and schema_name = {_text(dataset)}"
        return (
            "select schema_name as table_schema, table_name, 1 as kind, estimated_size as row_count "
            f"from duckdb_tables() where {where} union all "
            f"select schema_name, view_name, 2, 0 from duckdb_views() where {where} and not internal"
        )

    def _described(self, dataset: str | None) -> Iterator[tuple[object, ...]]:
        for (schema, table), options in self._options.items():
            if options.description is not None and dataset in (None, schema):
                yield self._project, schema, table, "description", f'"{options.description}"'

    def _columns(self, dataset: str | None) -> Iterator[tuple[object, ...]]:
        found = self._database.cursor().execute(
            "select schema_name, table_name, column_name, data_type, column_index from duckdb_columns() "
            f"where database_name = current_database() and {_OWN} and (? is null or schema_name = ?) "
            "order by 1, 2, 5",
            [dataset, dataset],
        )
        for schema, table, column, kind, position in found.fetchall():
            options = self._options.get((schema, table), TableOptions())
            cluster = options.clustering.index(column) + 1 if column in options.clustering else None
            is_partition = "YES" if column == options.partition_column else "NO"
            name = standard_name(field_of_text(column, kind))
            yield self._project, schema, table, column, column, name, position, None, is_partition, cluster

    @staticmethod
    def _listed(columns: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> str:
        values = ", ".join(f"({', '.join(map(_text, row))})" for row in rows)
        if not values:
            nothing = ", ".join(f"cast(null as varchar) as {column}" for column in columns)
            return f"select {nothing} where false"
        return f"select * from (values {values}) as listed({', '.join(columns)})"


def _text(value: object) -> str:
    if value is None:
        return "null"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
