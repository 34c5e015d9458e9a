"""Forgets a person in what this pipeline keeps: stored state, snapshots, marts, ledger, outbox and the copy.

Ids become words that lead nowhere, the same word in every relation, so that counts and joins stay; addresses
and names go. The words are drawn by chance: nobody can make them again from an address. Raw tables are not
ours and are only looked at. Who the person is, is said in `forgetting_whom`; files in `forgetting_files`.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import duckdb

from dagster_project.clock import Clock, system_clock
from dagster_project.errors import Refused, WarehouseBusy
from dagster_project.forgetting_files import clear_outbox
from dagster_project.forgetting_whom import Person, RawRows, person_of, raw_rows_of
from dagster_project.marts_copy import copy_marts
from dagster_project.settings import OWN_SCHEMAS, Settings
from dagster_project.warehouse import quoted, writing_file
from nudge_senders.errors import LeaseHeld
from nudge_senders.identity import load_hash_key, recipient_hash
from nudge_senders.ledger import open_ledger

#: Columns that say who, by what stands in them; every table of ours is looked through for them.
ID_COLUMNS = {"contact_id": "contact", "user_id": "user", "contact_user_id": "user"}
ADDRESS_COLUMNS = ("email", "contact_email")
NAME_COLUMNS = ("full_name", "contact_name")
#: Longer than forgetting takes; if the process dies on the way, ticks wait no longer.
_LEASE_LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class Change:
    """What was done in a relation or a folder: how many rows or files, and what became of them."""

    place: str
    number: int
    what: str


@dataclass(frozen=True)
class Forgotten:
    """What was done, place by place, and what lies in raw tables still."""

    changes: tuple[Change, ...]
    raw: tuple[RawRows, ...]


def forget(settings: Settings, person: str, *, clock: Clock = system_clock) -> Forgotten:
    """Forget who has this contact id or email, and every contact of the same address. Doing it again changes
    nothing.

    Raises `Refused` on another target than DuckDB or without a ledger, `WarehouseBusy` while a tick runs.
    """
    if not settings.is_embedded:
        raise Refused(f"forget works on DuckDB only, and MILESTONE_AGENT_TARGET is {settings.target}.")
    if not settings.duckdb_path.is_file():
        raise Refused(f"There is no warehouse at {settings.duckdb_path}.")
    ledger = open_ledger(settings.duckdb_path, schema=settings.schema("nudges"), clock=clock)
    if not ledger.is_migrated():
        raise Refused("There is no ledger yet, or an older one; run `milestone-agent init` first.")
    try:
        lease = ledger.acquire_lease(
            namespace=settings.namespace,
            tick_id=f"forget-{uuid.uuid4().hex[:12]}",
            tick_at=ledger.now(),
            time_to_live=_LEASE_LASTS,
        )
    except LeaseHeld as held:
        raise WarehouseBusy(f"A tick is running, and nobody was forgotten: {held}. Try again.") from held
    try:
        return _forget(settings, person, clock)
    finally:
        ledger.release_lease(lease)


def _forget(settings: Settings, wanted: str, clock: Clock) -> Forgotten:
    key = load_hash_key(os.environ, settings.home)
    with writing_file(settings) as connection:
        person = person_of(connection, settings, wanted, key)
        raw = tuple(raw_rows_of(connection, settings, person))
        connection.execute("begin")
        _draw_words(connection, person)
        changes = list(_in_tables(connection, settings, person, key))
        connection.execute("commit")
        connection.execute("checkpoint")
    changes += [
        Change(f"outbox {place}", number, what)
        for place, number, what in clear_outbox(settings.outbox, person)
    ]
    if settings.marts_copy.is_file() and changes:
        # A new file: the old one would keep what was overwritten in its free blocks.
        settings.marts_copy.unlink()
        copied = copy_marts(settings, clock())
        changes.append(Change(settings.marts_copy.name, copied, "relations copied anew"))
    return Forgotten(tuple(change for change in changes if change.number), raw)


def _draw_words(connection: duckdb.DuckDBPyConnection, person: Person) -> None:
    """A word per id, in a temporary table that ends with the connection."""
    connection.execute("create or replace temp table forgotten_ids (kind varchar, id varchar, word varchar)")
    ids = [("contact", each) for each in sorted(person.contact_ids)]
    ids += [("user", each) for each in sorted(person.user_ids)]
    for kind, each in ids:
        connection.execute(
            "insert into forgotten_ids values (?, ?, ?)", [kind, each, f"forgotten-{uuid.uuid4().hex[:16]}"]
        )


def _in_tables(
    connection: duckdb.DuckDBPyConnection, settings: Settings, person: Person, key: bytes
) -> Iterator[Change]:
    for schema, table, columns in _own_tables(connection, settings):
        name = quoted(schema, table)
        condition, values = _is_about(columns, person)
        if not condition:
            continue
        row = connection.execute(f"select count(*) from {name} where {condition}", values).fetchone()
        number = int(row[0]) if row else 0
        if number:
            done = list(_clear(connection, name, columns, person, condition, values, key))
            yield Change(f"{schema}.{table}", number, ", ".join(done))


def _own_tables(
    connection: duckdb.DuckDBPyConnection, settings: Settings
) -> list[tuple[str, str, frozenset[str]]]:
    """(schema, table, columns) of every table that this pipeline writes; views have nothing of their own."""
    rows = connection.execute(
        "select table_schema, table_name, list(lower(column_name)) from information_schema.columns "
        "inner join information_schema.tables using (table_catalog, table_schema, table_name) "
        "where table_catalog = current_database() and table_type = 'BASE TABLE' and table_schema in ? "
        "group by all order by all",
        [[settings.schema(name) for name in OWN_SCHEMAS]],
    ).fetchall()
    return [(schema, table, frozenset(columns)) for schema, table, columns in rows]


def _is_about(columns: frozenset[str], person: Person) -> tuple[str, list[object]]:
    """The condition that a row is about the person, with its values; an empty one for a table without such
    columns."""
    parts: list[str] = []
    values: list[object] = []
    by_kind = {"contact": person.contact_ids, "user": person.user_ids}
    for column, kind in ID_COLUMNS.items():
        if column in columns and by_kind[kind]:
            parts.append(f"{column} in ?")
            values.append(sorted(by_kind[kind]))
    for column in ADDRESS_COLUMNS:
        if column in columns and person.emails:
            parts.append(f"lower(trim({column})) in ?")
            values.append(sorted(person.emails))
    if "recipient_hash" in columns and person.recipient_hashes:
        parts.append("recipient_hash in ?")
        values.append(sorted(person.recipient_hashes))
    return " or ".join(parts), values


def _clear(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: frozenset[str],
    person: Person,
    condition: str,
    values: list[object],
    key: bytes,
) -> Iterator[str]:
    """Names, addresses and hashes first: the ids tell whose they are."""
    emptied = [column for column in (*NAME_COLUMNS, *ADDRESS_COLUMNS) if column in columns]
    if emptied:
        connection.execute(
            f"update {name} set {', '.join(f'{each} = null' for each in emptied)} where {condition}", values
        )
        yield f"{' and '.join(emptied)} emptied"
    if "recipient_hash" in columns:
        unlinked = recipient_hash(key, f"forgotten-{uuid.uuid4().hex}")
        connection.execute(
            f"update {name} set recipient_hash = ? where recipient_hash is not null and ({condition})",
            [unlinked, *values],
        )
        yield "recipient_hash replaced"
    if "dbt_scd_id" in columns:
        # dbt makes it from the id; anybody could make it again.
        connection.execute(
            f"update {name} set dbt_scd_id = md5(dbt_scd_id || ?) where {condition}",
            [uuid.uuid4().hex, *values],
        )
    for column, kind in ID_COLUMNS.items():
        if column in columns:
            connection.execute(
                f"update {name} set {column} = forgotten_ids.word from forgotten_ids "
                f"where forgotten_ids.kind = '{kind}' and {name}.{column} = forgotten_ids.id"
            )
            yield f"{column} replaced"
