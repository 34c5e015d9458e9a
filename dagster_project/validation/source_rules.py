"""Whether the raw tables are there, in the shape that the pipeline reads, and where they may be instead.

Values are looked at in source_rows and source_values, and whom events belong to in attribution.
"""

from __future__ import annotations

from collections.abc import Iterator

from dagster_project.connection import Connection
from dagster_project.validation.project_vars import ProjectVars
from dagster_project.validation.report import Problem, Severity, SwitchedOff
from dagster_project.validation.source_contract import (
    CRM_ACCOUNTS,
    EVENT_SOURCES,
    EVENT_TABLES,
    OPTIONAL_TABLES,
    SourceTable,
)
from dagster_project.validation.source_shapes import (
    Catalogue,
    Relation,
    enabled_event_sources,
    is_empty,
    shown,
)
from dagster_project.validation.suggestions import closest

_MOST_PLACES = 5
_MOST_COLUMNS = 12


def check_shapes(
    connection: Connection, catalogue: Catalogue, variables: ProjectVars, warehouse: str
) -> Iterator[Problem]:
    enabled = enabled_event_sources(catalogue, variables)
    if not enabled:
        yield _no_event_source(catalogue, variables, warehouse)
    relations = {source: catalogue.locate(variables, EVENT_TABLES[source]) for source in enabled}
    empty = {
        source
        for source, relation in relations.items()
        if relation is not None and is_empty(connection, relation)
    }
    for source in enabled:
        table = EVENT_TABLES[source]
        yield from _required(catalogue, variables, table, warehouse)
        if source in empty:
            must_have_rows = empty == set(enabled) or source in variables.event_sources
            yield Problem(
                Severity.ERROR if must_have_rows else Severity.WARNING,
                warehouse,
                None,
                table.key,
                f"the event source {source} is empty ({shown(variables, table)} has no rows)",
                "check its loader: no events must not look like customers who do nothing; "
                f"or name only the sources you use in event_sources of {variables.file}",
            )
    yield from _required(catalogue, variables, CRM_ACCOUNTS, warehouse)
    accounts = catalogue.locate(variables, CRM_ACCOUNTS)
    if accounts is not None and is_empty(connection, accounts):
        yield Problem(
            Severity.ERROR,
            warehouse,
            None,
            CRM_ACCOUNTS.key,
            f"a required source table is empty ({shown(variables, CRM_ACCOUNTS)} has no rows)",
            "check its loader: without accounts no event belongs to anybody; "
            f"or name the schema that holds them as crm_schema in {variables.file}",
        )
    for table in OPTIONAL_TABLES:
        yield from _unusable(catalogue, variables, table, warehouse)


def switched_off(catalogue: Catalogue, variables: ProjectVars) -> Iterator[SwitchedOff]:
    """Every optional table and column that is not there, in the order of the contract."""
    for source in enabled_event_sources(catalogue, variables):
        yield from _absent_columns(catalogue, variables, EVENT_TABLES[source])
    yield from _absent_columns(catalogue, variables, CRM_ACCOUNTS)
    for table in OPTIONAL_TABLES:
        if catalogue.locate(variables, table) is None:
            yield SwitchedOff(shown(variables, table), table.without)
        else:
            yield from _absent_columns(catalogue, variables, table)


def _no_event_source(catalogue: Catalogue, variables: ProjectVars, warehouse: str) -> Problem:
    tables = [EVENT_TABLES[source] for source in EVENT_SOURCES]
    places = _places_of(catalogue, tables)
    told = ", ".join(_told(place, table) for table, place in places[:_MOST_PLACES])
    looked_for = ", ".join(shown(variables, table) for table in tables)
    what = f"there is no event source: none of {looked_for} exists"
    remedy = (
        f"load one, or name its schema in {variables.file} "
        "(segment_schema, amplitude_schema, mixpanel_schema)"
    )
    if places:
        table, place = places[0]
        variable = f"{table.source}_schema"
        if place.lacking(table):
            remedy = (
                f"give the table those columns in a view, and name the view's schema as {variable} "
                f"in {variables.file}"
            )
        elif place.name.lower() == table.name:
            remedy = f"write {variable}: {place.schema} in {variables.file}"
        else:
            remedy = (
                f"make a view called {table.name} of {place.schema}.{place.name}, and name the view's schema "
                f"as {variable} in {variables.file}"
            )
    return Problem(
        Severity.ERROR, warehouse, None, "event_sources", what + (f" (found {told})" if told else ""), remedy
    )


def _places_of(catalogue: Catalogue, tables: list[SourceTable]) -> list[tuple[SourceTable, Relation]]:
    """Relations that may be one of the tables under another schema or name, the likeliest first."""
    places = [
        (table, relation)
        for table in tables
        for relation in catalogue.relations.values()
        if relation.name.lower() == table.name or not relation.lacking(table)
    ]
    return sorted(
        places,
        key=lambda place: (
            len(place[1].lacking(place[0])),
            place[1].name.lower() != place[0].name,
            place[1].schema,
            place[1].name,
        ),
    )


def _told(place: Relation, table: SourceTable) -> str:
    lacking = [" or ".join(group) for group in place.lacking(table)]
    fit = f" but without {' and '.join(lacking)}" if lacking else ""
    return f"{place.schema}.{place.name} for {table.source}{fit}"


def _unusable(
    catalogue: Catalogue, variables: ProjectVars, table: SourceTable, warehouse: str
) -> Iterator[Problem]:
    """An optional table that is there, but without what makes it say anything."""
    relation = catalogue.locate(variables, table)
    if relation is None:
        return
    for group in relation.lacking(table):
        near = dict.fromkeys(
            relation.columns[name] for wanted in group for name in closest(wanted, relation.columns, limit=3)
        )
        names = list(near) or list(relation.columns.values())[:_MOST_COLUMNS]
        more = ", ..." if not near and len(relation.columns) > _MOST_COLUMNS else ""
        label = "columns that look alike" if near else "none looks alike; its columns"
        yield Problem(
            Severity.ERROR,
            warehouse,
            None,
            f"{table.key}.{group[0]}",
            f"the table {shown(variables, table)} has no column {' or '.join(group)} "
            f"({label}: {', '.join(names)}{more})",
            f"rename it in a view and name the view's schema as {table.source}_schema in {variables.file}, "
            f"or take the table away ({table.without})",
        )


def _required(
    catalogue: Catalogue, variables: ProjectVars, table: SourceTable, warehouse: str
) -> Iterator[Problem]:
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
            f"the required table {shown(variables, table)} is missing{hint}",
            f"load it, or name its schema as {table.source}_schema in {variables.file}",
        )
        return
    for group in relation.lacking(table):
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
            f"the required column {' or '.join(group)} of {shown(variables, table)} is missing",
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
            yield SwitchedOff(f"{shown(variables, table)}.{names}", consequence)
