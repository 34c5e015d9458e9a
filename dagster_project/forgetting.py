"""Forgets a person in what this pipeline keeps: stored state, snapshots, marts, ledger, outbox and the copy.

Ids become words that lead nowhere, the same word in every relation, so that counts and joins stay; addresses
and names go. The words are drawn by chance: nobody can make them again from an address. Raw tables are not
ours and are only looked at. Who the person is, is said in `forgetting_whom`; what people wrote in
`forgetting_texts`; files in `forgetting_files`.

This is the one place that edits rows of the append-only ledger: the law on erasure goes before the rule that
nothing in it changes. No entry is added, taken away or given another kind, time or nudge; only whom it was
for can no more be told.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from dagster_project.clock import Clock, system_clock
from dagster_project.connection import Connection
from dagster_project.errors import Refused, WarehouseBusy
from dagster_project.forgetting_files import clear_outbox
from dagster_project.forgetting_texts import clear_texts
from dagster_project.forgetting_whom import Person, RawRows, person_of, raw_rows_of
from dagster_project.ledger_opening import ledger_of
from dagster_project.marts_copy import copy_marts
from dagster_project.placeholders import places_of
from dagster_project.settings import Settings
from dagster_project.validation.source_shapes import own_schemas, read_catalogue
from dagster_project.warehouse import writing
from nudge_senders.errors import LeaseHeld
from nudge_senders.identity import load_hash_key, recipient_hash

#: Columns that say who, by what stands in them; every table of ours is looked through for them.
ID_COLUMNS = {"contact_id": "contact", "user_id": "user", "contact_user_id": "user"}
ADDRESS_COLUMNS = ("email", "contact_email")
NAME_COLUMNS = ("full_name", "contact_name")
#: Whom to leave in peace, by address: without it a row says nothing.
ROWS_TO_DELETE = "sync_marketing_suppression"
#: Longer than forgetting takes; if the process dies on the way, ticks wait no longer.
_LEASE_LASTS = timedelta(minutes=10)


#: kind of id -> id -> what stands for it from now on
Words = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class _Table:
    """A table of ours: as people know it, as it stands in a query, and its columns in lower case."""

    shown: str
    sql: str
    columns: frozenset[str]


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

    Raises `Refused` without a ledger, `WarehouseBusy` while a tick runs.
    """
    if settings.is_absent:
        raise Refused(f"There is no warehouse at {settings.duckdb_path}.")
    ledger = ledger_of(settings, clock)
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
    with writing(settings) as connection:
        person = person_of(connection, settings, wanted, key)
        raw = tuple(raw_rows_of(connection, settings, person))
        words = _draw_words(person)
        tables = _own_tables(connection, settings)
        with connection.transaction() as kept:
            changes = [change for table in tables for change in _in_table(kept, table, person, words, key)]
        connection.compact()
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


def _draw_words(person: Person) -> Words:
    """A word per id, by chance."""
    by_kind = {"contact": person.contact_ids, "user": person.user_ids}
    return {
        kind: {each: f"forgotten-{uuid.uuid4().hex[:16]}" for each in sorted(ids)}
        for kind, ids in by_kind.items()
    }


def _in_table(
    connection: Connection, table: _Table, person: Person, words: Words, key: bytes
) -> Iterator[Change]:
    condition, values = _is_about(table.columns, person)
    if condition:
        row = connection.execute(f"select count(*) from {table.sql} where {condition}", values).fetchone()
        number = int(row[0]) if row else 0
        if number and table.shown.endswith(f".{ROWS_TO_DELETE}"):
            connection.execute(f"delete from {table.sql} where {condition}", values)
            yield Change(table.shown, number, "deleted")
        elif number:
            done = list(_clear(connection, table, condition, values, words, key))
            yield Change(table.shown, number, ", ".join(done))
    for column, number in clear_texts(connection, table.sql, table.columns, person):
        yield Change(table.shown, number, f"{column} without name and address")


def _own_tables(connection: Connection, settings: Settings) -> list[_Table]:
    """Every table that this pipeline writes; views have nothing of their own."""
    catalogue = read_catalogue(connection, own_schemas(settings))
    ours = {schema.lower() for _, schema in own_schemas(settings)}
    return sorted(
        (
            _Table(f"{found.schema}.{found.name}".lower(), found.sql, frozenset(found.columns))
            for (database, schema, _), found in catalogue.relations.items()
            if database == catalogue.database.lower() and schema in ours and not found.is_view
        ),
        key=lambda table: table.shown,
    )


def _is_about(columns: frozenset[str], person: Person) -> tuple[str, list[object]]:
    """The condition that a row is about the person, with its values; an empty one for a table without such
    columns."""
    parts: list[str] = []
    values: list[object] = []
    by_kind = {"contact": person.contact_ids, "user": person.user_ids}
    wanted = {column: (column, by_kind[kind]) for column, kind in ID_COLUMNS.items()}
    wanted |= {column: (f"lower(trim({column}))", person.emails) for column in ADDRESS_COLUMNS}
    wanted["recipient_hash"] = ("recipient_hash", person.recipient_hashes)
    for column, (told, known) in wanted.items():
        if column in columns and known:
            parts.append(f"{told} in ({places_of(sorted(known))})")
            values += sorted(known)
    return " or ".join(parts), values


def _clear(
    connection: Connection,
    table: _Table,
    condition: str,
    values: list[object],
    words: Words,
    key: bytes,
) -> Iterator[str]:
    """Names, addresses and hashes first: the ids tell whose they are."""
    name, columns = table.sql, table.columns
    if "dbt_scd_id" in columns:
        # dbt makes it from the id; anybody could make it again.
        found = connection.execute(f"select dbt_scd_id from {name} where {condition}", values).fetchall()
        _replace(connection, name, "dbt_scd_id", {str(each): uuid.uuid4().hex for (each,) in found})
    emptied = [column for column in (*NAME_COLUMNS, *ADDRESS_COLUMNS) if column in columns]
    changed = [f"{column} = null" for column in emptied]
    unlinked: list[object] = []
    if "recipient_hash" in columns:
        changed.append("recipient_hash = case when recipient_hash is not null then ? end")
        unlinked.append(recipient_hash(key, f"forgotten-{uuid.uuid4().hex}"))
    if changed:
        # In one statement, because each of them may be what the row is found by.
        connection.execute(f"update {name} set {', '.join(changed)} where {condition}", [*unlinked, *values])
    if emptied:
        yield f"{' and '.join(emptied)} emptied"
    if unlinked:
        yield "recipient_hash replaced"
    for column, kind in ID_COLUMNS.items():
        if column in columns:
            _replace(connection, name, column, words[kind])
            yield f"{column} replaced"


def _replace(connection: Connection, name: str, column: str, words: Mapping[str, str]) -> None:
    """Each value that `words` knows by its word."""
    if not words:
        return
    cases = " ".join("when ? then ?" for _ in words)
    known = places_of(list(words))
    connection.execute(
        f"update {name} set {column} = case {column} {cases} end where {column} in ({known})",
        [*(part for pair in words.items() for part in pair), *words],
    )
