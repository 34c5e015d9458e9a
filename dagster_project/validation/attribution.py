"""Whether events can be found to belong to an account, and how many do.

Follows the ways of `int_identities_resolved`: the event names its account, else its user's group, else the
contact with that user id. Only whether a way is open, and a share, are said here; which way an event takes is
said in SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dagster_project.connection import Connection
from dagster_project.placeholders import places_of
from dagster_project.validation.path_rules import spellings
from dagster_project.validation.project_vars import ProjectVars
from dagster_project.validation.report import Problem, Severity
from dagster_project.validation.seed_reader import Seed
from dagster_project.validation.source_contract import (
    CRM_ACCOUNTS,
    CRM_ALIASES,
    CRM_CONTACTS,
    EVENT_COLUMNS,
    EVENT_TABLES,
    SEGMENT_GROUPS,
    SourceTable,
)
from dagster_project.validation.source_rows import sample_of
from dagster_project.validation.source_shapes import (
    Catalogue,
    Relation,
    enabled_event_sources,
    is_empty,
    shown,
)

SAMPLE_ROWS = 200_000


def check_attribution(
    connection: Connection, catalogue: Catalogue, variables: ProjectVars, warehouse: str
) -> Iterator[Problem]:
    """Per event source, an error when no way leads from its events to an account."""
    for source in enabled_event_sources(catalogue, variables):
        table, columns = EVENT_TABLES[source], EVENT_COLUMNS[source]
        events = catalogue.locate(variables, table)
        # Both are told already, by source_rules.
        if events is None or is_empty(connection, events):
            continue
        if events.columns.keys().isdisjoint((columns.hint, columns.user)):
            continue
        ways = (
            [(table, (columns.hint,))],
            [(table, (columns.user,)), (SEGMENT_GROUPS, ("user_id", "group_id"))],
            [(table, (columns.user,)), (CRM_CONTACTS, ("user_id", "account_id"))],
        )
        obstacles: list[str] = []
        for way in ways:
            found = next(
                (
                    obstacle
                    for place, needed in way
                    if (obstacle := _obstacle(connection, catalogue, variables, place, needed))
                ),
                None,
            )
            if found is None:
                break
            obstacles.append(found)
        else:
            yield Problem(
                Severity.ERROR,
                warehouse,
                None,
                f"{table.key}.{columns.hint}",
                f"no event of {source} can be attributed to an account: "
                + ", ".join(dict.fromkeys(obstacles)),
                f"load one of them: the account's id as {columns.hint} of each event, group calls as "
                f"{shown(variables, SEGMENT_GROUPS)}, or the product's user id of each contact as user_id of "
                f"{shown(variables, CRM_CONTACTS)}",
            )


def check_known_accounts(
    connection: Connection,
    catalogue: Catalogue,
    variables: ProjectVars,
    path: Seed,
    warehouse: str,
) -> Iterator[Problem]:
    """Per event source, a warning when most of its milestone events lead to no account of the CRM."""
    names = sorted({name for row in path.rows for name in spellings(row.text("event_name")) if name})
    accounts = catalogue.locate(variables, CRM_ACCOUNTS)
    if not names or accounts is None or accounts.column("account_id") is None:
        return
    for source in enabled_event_sources(catalogue, variables):
        events = catalogue.locate(variables, EVENT_TABLES[source])
        if events is None or not _name_columns(events, source):
            continue
        read, is_sampled = sample_of(connection, events, whole_up_to=SAMPLE_ROWS, rows=SAMPLE_ROWS)
        row = connection.execute(
            f"""
            with known_ids as ({_known_ids(catalogue, variables, accounts, source)}),
            known_users as ({_known_users(catalogue, variables)}),
            sampled as (select * from {read}),
            milestone_events as (
                select {_hint(connection, events, variables, source)} as hint,
                    {_user(events, source)} as user_id
                from sampled where {_is_milestone(events, source, names)}
            )
            select
                count(*) as events,
                sum(case
                    when hint is null and user_id in (select id from known_users where id <> '') then 1
                    when hint in (select id from known_ids where id <> '') then 1
                    else 0
                end) as events_of_known
            from milestone_events
            """,
            names * len(_name_columns(events, source)),
        ).fetchone()
        number, known = (int(row[0]), int(row[1] or 0)) if row else (0, 0)
        if 2 * known < number:
            hint = EVENT_COLUMNS[source].hint
            of_events = f"the {number} events of {source}{' in a sample' if is_sampled else ''}"
            yield Problem(
                Severity.WARNING,
                warehouse,
                None,
                f"{EVENT_TABLES[source].key}.{hint}",
                f"only {_percent(known, number)} of {of_events} that carry a milestone's name "
                f"lead to an account of {shown(variables, CRM_ACCOUNTS)}",
                f"the others complete nothing: compare {hint} with account_id, "
                f"or translate the ids in {shown(variables, CRM_ALIASES)}",
            )


def _obstacle(
    connection: Connection,
    catalogue: Catalogue,
    variables: ProjectVars,
    table: SourceTable,
    needed: tuple[str, ...],
) -> str | None:
    """What of the table is not there; None when every needed column holds something in some row."""
    relation = catalogue.locate(variables, table)
    if relation is None:
        return f"{shown(variables, table)} is absent"
    if is_empty(connection, relation):
        return f"{shown(variables, table)} is empty"
    for name in needed:
        column = relation.column(name)
        if column is None:
            return f"{shown(variables, table)}.{name} is absent"
        held = f"cast({column} as varchar) not in ('', '{{}}', 'null')"
        if connection.execute(f"select 1 from {relation.sql} where {held} limit 1").fetchone() is None:
            return f"{shown(variables, table)}.{name} holds no value"
    return None


def _known_ids(catalogue: Catalogue, variables: ProjectVars, accounts: Relation, source: str) -> str:
    """Ids under which events of the source may name an account."""
    queries = [f"select cast({accounts.column('account_id')} as varchar) as id from {accounts.sql}"]
    aliases = catalogue.locate(variables, CRM_ALIASES)
    external_id = aliases.column("external_id") if aliases else None
    if aliases is not None and external_id is not None:
        scope = aliases.column("source_name")
        of_source = f"coalesce(cast({scope} as varchar), '') in ('', 'crm', '{source}')" if scope else "true"
        queries.append(f"select cast({external_id} as varchar) from {aliases.sql} where {of_source}")
    return " union all ".join(queries)


def _known_users(catalogue: Catalogue, variables: ProjectVars) -> str:
    """Users whose group or contact belongs to an account; reads `known_ids`."""
    queries = ["select id from known_ids where 1 = 0"]
    for table, account in ((SEGMENT_GROUPS, "group_id"), (CRM_CONTACTS, "account_id")):
        people = catalogue.locate(variables, table)
        if people is not None and {"user_id", account} <= people.columns.keys():
            queries.append(
                f"select cast({people.column('user_id')} as varchar) from {people.sql} where "
                f"cast({people.column(account)} as varchar) in (select id from known_ids where id <> '')"
            )
    return " union all ".join(queries)


def _name_columns(events: Relation, source: str) -> list[str]:
    return [column for name in EVENT_COLUMNS[source].names if (column := events.column(name))]


def _is_milestone(events: Relation, source: str, names: Sequence[str]) -> str:
    return " or ".join(
        f"cast({column} as varchar) in ({places_of(names)})" for column in _name_columns(events, source)
    )


def _user(events: Relation, source: str) -> str:
    column = events.column(EVENT_COLUMNS[source].user)
    return f"cast({column} as varchar)" if column else "cast(null as varchar)"


def _hint(connection: Connection, events: Relation, variables: ProjectVars, source: str) -> str:
    """The account that the event itself names, as staging reads it."""
    columns = EVENT_COLUMNS[source]
    column = events.column(columns.hint)
    if column is None:
        return "cast(null as varchar)"
    if not columns.is_json:
        return f"nullif(cast({column} as varchar), '')"
    # A document as its text, which the models read as well.
    json = f"cast({column} as varchar)"
    texts = [connection.json_text(json, key) for key in variables.account_keys.get(source, ())]
    return f"coalesce({', '.join([*texts, 'cast(null as varchar)'])})"


def _percent(part: int, whole: int) -> str:
    share = 100 * part / whole
    return f"{share:.0f} %" if part == 0 or share >= 1 else "less than 1 %"
