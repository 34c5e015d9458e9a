"""Looks at raw values where only they show a mistake in the set-up: ids, time zones, event names.

Bad single rows are none of its business: they are counted by the pipeline and never stop it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dagster_project.connection import Connection
from dagster_project.validation.path_rules import spellings
from dagster_project.validation.project_vars import ProjectVars
from dagster_project.validation.report import Problem, Severity
from dagster_project.validation.seed_reader import Seed
from dagster_project.validation.source_contract import EVENT_COLUMNS, EVENT_TABLES
from dagster_project.validation.source_shapes import Catalogue, Relation, enabled_event_sources
from dagster_project.validation.suggestions import closest
from nudge_senders.nudge import ADDRESS_PATTERN

_IDS_OF_THE_LEDGER = (
    ("accounts", "account_id"),
    ("account_aliases", "account_id"),
    ("contacts", "contact_id"),
)
# Up to here every event name is read; above, those of a sample.
MAX_ROWS_READ_WHOLE = 5_000_000
SAMPLE_ROWS = 1_000_000


def check_ids(
    connection: Connection, catalogue: Catalogue, variables: ProjectVars, warehouse: str
) -> Iterator[Problem]:
    """The ledger keeps these ids for good, so none may hold an address. No address is printed."""
    schema = variables.schemas["crm"]
    for table, column in _IDS_OF_THE_LEDGER:
        relation = catalogue.find(schema, table, variables.databases["crm"])
        quoted = relation.column(column) if relation else None
        if relation is None or quoted is None:
            continue
        told = f"cast({quoted} as varchar)"
        found = connection.execute(
            f"select {told} as id, count(*) as row_count from {relation.sql} "
            f"where {told} like '%@%' group by {told}"
        ).fetchall()
        count = sum(int(rows) for shown, rows in found if re.search(ADDRESS_PATTERN, str(shown)))
        if count:
            rows = "row has" if count == 1 else "rows have"
            yield Problem(
                Severity.ERROR,
                warehouse,
                None,
                f"crm.{table}.{column}",
                f"{count} {rows} an email address as {column} in {schema}.{table}",
                f"the ledger keeps {column} and may hold no address: use the CRM's own id, "
                "or a hash of the address in a view",
            )


def check_time_zones(
    connection: Connection, catalogue: Catalogue, variables: ProjectVars, warehouse: str
) -> Iterator[Problem]:
    """A zone that the warehouse does not know falls back to UTC; that is worth a warning, with a count."""
    schema = variables.schemas["crm"]
    for table in ("accounts", "contacts"):
        relation = catalogue.find(schema, table, variables.databases["crm"])
        zone = relation.column("timezone") if relation else None
        if relation is None or zone is None:
            continue
        told = f"cast({zone} as varchar)"
        unknown = connection.execute(
            f"select {told} as zone, count(*) as row_count from {relation.sql} "
            f"where {told} <> '' and not ({connection.is_known_time_zone(told)}) "
            f"group by {told} order by row_count desc, zone"
        ).fetchall()
        if unknown:
            rows = sum(row_count for _, row_count in unknown)
            examples = ", ".join(repr(str(name)[:40]) for name, _ in unknown[:3])
            yield Problem(
                Severity.WARNING,
                warehouse,
                None,
                f"crm.{table}.timezone",
                f"{rows} rows of {schema}.{table} have a time zone that is not known ({examples})",
                "they are treated as UTC; write names such as Europe/Berlin in the CRM",
            )


def check_event_names(
    connection: Connection, catalogue: Catalogue, variables: ProjectVars, path: Seed
) -> Iterator[Problem]:
    """A milestone none of whose spellings occurs anywhere can never be completed."""
    seen: set[str] = set()
    is_sampled = False
    for source in enabled_event_sources(catalogue, variables):
        relation = catalogue.locate(variables, EVENT_TABLES[source])
        if relation is None:
            continue
        for column in EVENT_COLUMNS[source].names:
            if quoted := relation.column(column):
                names, was_sampled = _event_names(connection, relation, quoted)
                seen |= names
                is_sampled |= was_sampled
    if not seen:
        return
    where = f"a sample of {SAMPLE_ROWS} events" if is_sampled else "any event source"
    reported: set[str] = set()
    for row in path.rows:
        names_wanted = [name for name in spellings(row.text("event_name")) if name]
        joined = "|".join(names_wanted)
        if not names_wanted or joined in reported or not seen.isdisjoint(names_wanted):
            continue
        reported.add(joined)
        near = closest(names_wanted[0], seen, limit=3)
        remedy = "case and punctuation count; " + (
            f"the closest that do occur: {', '.join(near)}"
            if near
            else "check the spelling in your tracking plan"
        )
        yield path.warning(
            row,
            row.text("milestone_key"),
            f"event '{joined}' of {row.text('milestone_key')} does not occur in {where}",
            remedy,
        )


def _event_names(connection: Connection, relation: Relation, column: str) -> tuple[set[str], bool]:
    read, is_sampled = sample_of(connection, relation, whole_up_to=MAX_ROWS_READ_WHOLE, rows=SAMPLE_ROWS)
    found = connection.execute(
        f"select distinct cast(name as varchar) as name from (select {column} as name from {read}) as named"
    ).fetchall()
    return {str(name) for (name,) in found if name is not None}, is_sampled


def sample_of(connection: Connection, relation: Relation, *, whole_up_to: int, rows: int) -> tuple[str, bool]:
    """The relation to read, of which about `rows` rows are drawn if there are many, and whether they are."""
    count = _number(connection, f"select count(*) from {relation.sql}")
    if count <= whole_up_to:
        return relation.sql, False
    percent = max(0.01, 100.0 * rows / count)
    return connection.sampled(relation.sql, percent=percent, rows=rows, is_view=relation.is_view), True


def _number(connection: Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
