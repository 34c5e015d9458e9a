"""What the warehouse's catalogue says: which raw tables there are, with which columns and types.

What has to be there is said in source_contract, and what is wrong in source_rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from dagster_project.validation.project_vars import ProjectVars
from dagster_project.validation.source_contract import (
    EVENT_SOURCES,
    EVENT_TABLES,
    SourceTable,
)


@dataclass(frozen=True)
class Relation:
    """A table or view as the catalogue has it; `columns` maps lower-case names to the names as stored,
    `types` the same names to the types in upper case."""

    database: str
    schema: str
    name: str
    columns: Mapping[str, str]
    types: Mapping[str, str]

    @property
    def sql(self) -> str:
        return ".".join(
            '"' + part.replace('"', '""') + '"' for part in (self.database, self.schema, self.name)
        )

    def column(self, name: str) -> str | None:
        """The column, quoted, or None when the table has none of that name."""
        stored = self.columns.get(name)
        return None if stored is None else '"' + stored.replace('"', '""') + '"'

    def lacking(self, table: SourceTable) -> list[tuple[str, ...]]:
        """The groups of required columns of which this relation has none."""
        return [group for group in table.required if self.columns.keys().isdisjoint(group)]


@dataclass(frozen=True)
class Catalogue:
    """Every relation of the warehouse, found by schema and name whatever their case."""

    database: str
    relations: Mapping[tuple[str, str, str], Relation]

    def find(self, schema: str, name: str, database: str | None = None) -> Relation | None:
        return self.relations.get(((database or self.database).lower(), schema.lower(), name.lower()))

    def locate(self, variables: ProjectVars, table: SourceTable) -> Relation | None:
        return self.find(variables.schemas[table.source], table.name, variables.databases[table.source])


def read_catalogue(connection: duckdb.DuckDBPyConnection) -> Catalogue:
    rows = connection.execute(
        "select table_catalog, table_schema, table_name, column_name, upper(data_type) "
        "from information_schema.columns"
    ).fetchall()
    columns: dict[tuple[str, str, str], dict[str, tuple[str, str]]] = {}
    for database, schema, name, column, data_type in rows:
        columns.setdefault((database, schema, name), {})[column.lower()] = (column, data_type)
    relations = {
        (database.lower(), schema.lower(), name.lower()): Relation(
            database,
            schema,
            name,
            {key: stored for key, (stored, _) in found.items()},
            {key: data_type for key, (_, data_type) in found.items()},
        )
        for (database, schema, name), found in columns.items()
    }
    row = connection.execute("select current_database()").fetchone()
    return Catalogue(str(row[0]) if row else "", relations)


def enabled_event_sources(catalogue: Catalogue, variables: ProjectVars) -> tuple[str, ...]:
    """Those that the project names, else those whose table exists."""
    if variables.event_sources:
        return variables.event_sources
    return tuple(
        source for source in EVENT_SOURCES if catalogue.locate(variables, EVENT_TABLES[source]) is not None
    )


def shown(variables: ProjectVars, table: SourceTable) -> str:
    """The table under the name that the user gave it."""
    return f"{variables.schemas[table.source]}.{table.name}"


def is_empty(connection: duckdb.DuckDBPyConnection, relation: Relation) -> bool:
    return connection.execute(f"select 1 from {relation.sql} limit 1").fetchone() is None
