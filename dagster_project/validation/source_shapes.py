"""What the warehouse's catalogue says: which raw tables there are, with which columns and types.

What has to be there is said in source_contract, and what is wrong in source_rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from dagster_project.connection import Connection, FoundColumn
from dagster_project.settings import OWN_SCHEMAS, Settings
from dagster_project.validation.project_vars import ProjectVars
from dagster_project.validation.source_contract import (
    EVENT_SOURCES,
    EVENT_TABLES,
    SourceTable,
)


@dataclass(frozen=True)
class Relation:
    """A table or view as the catalogue has it; `columns` maps lower-case names to the names as stored,
    `types` the same names to the types in DuckDB's words."""

    connection: Connection
    database: str
    schema: str
    name: str
    columns: Mapping[str, str]
    types: Mapping[str, str]
    is_view: bool

    @cached_property
    def sql(self) -> str:
        """As it stands in a query that reads all of it."""
        return self.connection.whole(self.schema, self.name, self.database)

    def column(self, name: str) -> str | None:
        """The column, quoted, or None when the table has none of that name."""
        stored = self.columns.get(name)
        return None if stored is None else self.connection.quoted(stored)

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


def read_catalogue(connection: Connection, schemas: Iterable[tuple[str | None, str]]) -> Catalogue:
    """The relations of these (database, schema), and of others where the engine tells them for nothing."""
    grouped: dict[tuple[str, str, str], list[FoundColumn]] = {}
    for column in connection.catalogue(schemas):
        key = (column.database.lower(), column.schema.lower(), column.table.lower())
        grouped.setdefault(key, []).append(column)
    relations = {
        key: Relation(
            connection=connection,
            database=columns[0].database,
            schema=columns[0].schema,
            name=columns[0].table,
            columns={column.name.lower(): column.name for column in columns},
            types={column.name.lower(): column.kind for column in columns},
            is_view=columns[0].is_of_view,
        )
        for key, columns in grouped.items()
    }
    return Catalogue(connection.database(), relations)


def own_schemas(settings: Settings) -> list[tuple[str | None, str]]:
    """Those that this pipeline writes."""
    return [(None, settings.schema(name)) for name in OWN_SCHEMAS]


def raw_schemas(variables: ProjectVars) -> list[tuple[str | None, str]]:
    """Those in which the project says that the raw tables are."""
    return [(variables.databases[source], schema) for source, schema in variables.schemas.items()]


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


def is_empty(connection: Connection, relation: Relation) -> bool:
    return connection.is_empty(relation.schema, relation.name, relation.database)
