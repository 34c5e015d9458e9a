"""Which raw tables and columns are there: what is required and missing, what is optional and absent.

Looks at the catalogue and at whether a table has a row; values are looked at in source_rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

from dagster_project.validation.project_vars import ProjectVars
from dagster_project.validation.report import Problem, Severity, SwitchedOff
from dagster_project.validation.source_contract import (
    CRM_ACCOUNTS,
    EVENT_SOURCES,
    EVENT_TABLES,
    OPTIONAL_TABLES,
    SourceTable,
)
from dagster_project.validation.suggestions import closest


@dataclass(frozen=True)
class Relation:
    """A table or view as the catalogue has it; `columns` maps lower-case names to the names as stored."""

    database: str
    schema: str
    name: str
    columns: Mapping[str, str]

    @property
    def sql(self) -> str:
        return ".".join(
            '"' + part.replace('"', '""') + '"' for part in (self.database, self.schema, self.name)
        )

    def column(self, name: str) -> str | None:
        """The column, quoted, or None when the table has none of that name."""
        stored = self.columns.get(name)
        return None if stored is None else '"' + stored.replace('"', '""') + '"'


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
        "select table_catalog, table_schema, table_name, column_name from information_schema.columns"
    ).fetchall()
    columns: dict[tuple[str, str, str], dict[str, str]] = {}
    for database, schema, name, column in rows:
        columns.setdefault((database, schema, name), {})[column.lower()] = column
    relations = {
        (database.lower(), schema.lower(), name.lower()): Relation(database, schema, name, names)
        for (database, schema, name), names in columns.items()
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


def check_shapes(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, variables: ProjectVars, warehouse: str
) -> Iterator[Problem]:
    enabled = enabled_event_sources(catalogue, variables)
    if not enabled:
        places = ", ".join(
            f"{variables.schemas[source]}.{EVENT_TABLES[source].name}" for source in EVENT_SOURCES
        )
        yield Problem(
            Severity.ERROR,
            warehouse,
            None,
            "event_sources",
            f"there is no event source: none of {places} exists",
            f"load one, or name its schema in {variables.file} (segment_schema, amplitude_schema, "
            "mixpanel_schema)",
        )
    for source in enabled:
        table = EVENT_TABLES[source]
        yield from _required(catalogue, variables, table, warehouse)
        relation = catalogue.locate(variables, table)
        if relation is not None and _is_empty(connection, relation):
            must_have_rows = len(enabled) == 1 or source in variables.event_sources
            yield Problem(
                Severity.ERROR if must_have_rows else Severity.WARNING,
                warehouse,
                None,
                table.key,
                f"the event source {source} is empty ({_shown(variables, table)} has no rows)",
                "check its loader: no events must not look like customers who do nothing; "
                f"or name only the sources you use in event_sources of {variables.file}",
            )
    yield from _required(catalogue, variables, CRM_ACCOUNTS, warehouse)


def switched_off(catalogue: Catalogue, variables: ProjectVars) -> Iterator[SwitchedOff]:
    """Every optional table and column that is not there, in the order of the contract."""
    for source in enabled_event_sources(catalogue, variables):
        yield from _absent_columns(catalogue, variables, EVENT_TABLES[source])
    yield from _absent_columns(catalogue, variables, CRM_ACCOUNTS)
    for table in OPTIONAL_TABLES:
        if catalogue.locate(variables, table) is None:
            yield SwitchedOff(_shown(variables, table), table.without)
        else:
            yield from _absent_columns(catalogue, variables, table)


def _shown(variables: ProjectVars, table: SourceTable) -> str:
    return f"{variables.schemas[table.source]}.{table.name}"


def _required(
    catalogue: Catalogue, variables: ProjectVars, table: SourceTable, warehouse: str
) -> Iterator[Problem]:
    shown = _shown(variables, table)
    relation = catalogue.locate(variables, table)
    if relation is None:
        same_name = sorted(
            {found.schema for found in catalogue.relations.values() if found.name.lower() == table.name}
        )
        hint = f" (a table {table.name} exists in {', '.join(same_name)})" if same_name else ""
        yield Problem(
            Severity.ERROR,
            warehouse,
            None,
            table.key,
            f"the required table {shown} is missing{hint}",
            f"load it, or name its schema as {table.source}_schema in {variables.file}",
        )
        return
    for group in table.required:
        if any(name in relation.columns for name in group):
            continue
        near = closest(group[0], relation.columns)
        hint = (
            f"did you mean {relation.columns[near[0]]}? Rename it in a view"
            if near
            else "add it, best in a view"
        )
        yield Problem(
            Severity.ERROR,
            warehouse,
            None,
            f"{table.key}.{group[0]}",
            f"the required column {' or '.join(group)} of {shown} is missing",
            f"{hint}, and name the view's schema as {table.source}_schema in {variables.file}",
        )


def _absent_columns(
    catalogue: Catalogue, variables: ProjectVars, table: SourceTable
) -> Iterator[SwitchedOff]:
    relation = catalogue.locate(variables, table)
    if relation is None:
        return
    for names, consequence in table.without_columns.items():
        if not any(name in relation.columns for name in names.split(" or ")):
            yield SwitchedOff(f"{_shown(variables, table)}.{names}", consequence)


def _is_empty(connection: duckdb.DuckDBPyConnection, relation: Relation) -> bool:
    return connection.execute(f"select 1 from {relation.sql} limit 1").fetchone() is None
