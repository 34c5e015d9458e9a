"""Who is meant by a contact id or an email, and what of that person lies in the customer's own raw tables.

Only reading. What is done about it stands in `forgetting`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dagster_project.connection import Connection
from dagster_project.placeholders import places_of
from dagster_project.settings import Settings
from nudge_senders.identity import recipient_hash

#: Where contacts stand with their address and user: what the CRM says now, and what it said.
_CONTACTS = (("onboarding_staging", "stg_crm__contacts"), ("onboarding_snapshots", "snp_crm_contacts"))
#: staging view -> the raw table behind it and its column, the column of the view, what is compared
_RAW = (
    ("stg_crm__contacts", "crm.contacts", "contact_id", "contact_id", "contact"),
    ("stg_feedback__message_events", "feedback.message_events", "contact_id", "contact_id", "contact"),
    ("stg_segment__tracks", "segment.tracks", "user_id", "user_id", "user"),
    ("stg_segment__groups", "segment.groups", "user_id", "user_id", "user"),
    ("stg_amplitude__events", "amplitude.events", "user_id", "user_id", "user"),
    ("stg_mixpanel__events", "mixpanel.events", "distinct_id", "user_id", "user"),
)


@dataclass(frozen=True)
class Person:
    """All that a person is called here. Emails are trimmed and in lower case; names as they were written."""

    contact_ids: frozenset[str]
    user_ids: frozenset[str]
    emails: frozenset[str]
    names: frozenset[str]
    recipient_hashes: frozenset[str]
    #: nudges that were rendered for the person
    nudge_ids: frozenset[str]


@dataclass(frozen=True)
class RawRows:
    """Rows of a raw table about the person, and the condition that finds them."""

    table: str
    number: int
    condition: str


def person_of(connection: Connection, settings: Settings, wanted: str, key: bytes) -> Person:
    """The person with that contact id or email, every contact of the same address included. Of somebody
    unknown there is nothing but what was given."""
    contacts = _contacts(connection, settings)
    email = wanted.strip().lower()
    ids = {wanted} | {row[0] for row in contacts if row[1] == email}
    emails = {row[1] for row in contacts if row[0] in ids and row[1]} | ({email} if "@" in email else set())
    ids |= {row[0] for row in contacts if row[1] in emails}
    hashes = {found for each in emails if (found := recipient_hash(key, each)) is not None}
    ids |= _contacts_in_ledger(connection, settings, hashes)
    mine = [row for row in contacts if row[0] in ids]
    return Person(
        contact_ids=frozenset(ids),
        user_ids=frozenset(row[2] for row in mine if row[2]),
        emails=frozenset(emails),
        names=frozenset(row[3] for row in mine if row[3]),
        recipient_hashes=frozenset(hashes),
        nudge_ids=_nudges(connection, settings, ids, hashes),
    )


def raw_rows_of(connection: Connection, settings: Settings, person: Person) -> Iterator[RawRows]:
    """What has to be deleted by whoever owns the raw tables."""
    ids = {"contact": sorted(person.contact_ids), "user": sorted(person.user_ids)}
    for view, table, raw_column, column, kind in _RAW:
        schema = settings.schema("onboarding_staging")
        if not ids[kind] or column not in connection.columns_of(schema, view):
            continue
        found = connection.relation(schema, view)
        row = connection.execute(
            f"select count(*) from {found} where {column} in ({places_of(ids[kind])})",
            ids[kind],
        ).fetchone()
        if row and row[0]:
            listed = ", ".join("'" + each.replace("'", "''") + "'" for each in ids[kind])
            yield RawRows(table, int(row[0]), f"{raw_column} in ({listed})")


def _contacts(connection: Connection, settings: Settings) -> list[tuple[str, str, str, str]]:
    """(contact id, email trimmed and in lower case, user id, name) of every contact ever known."""
    found: list[tuple[str, str, str, str]] = []
    for schema, relation in _CONTACTS:
        if connection.columns_of(settings.schema(schema), relation):
            found += connection.execute(
                "select distinct contact_id, lower(trim(email)), user_id, full_name "
                f"from {connection.relation(settings.schema(schema), relation)} where contact_id is not null"
            ).fetchall()
    return found


def _contacts_in_ledger(connection: Connection, settings: Settings, hashes: set[str]) -> set[str]:
    rows = connection.execute(
        f"select distinct contact_id from {connection.relation(settings.schema('nudges'), 'nudge_events')} "
        f"where recipient_hash in ({places_of(sorted(hashes))}) and contact_id is not null",
        sorted(hashes),
    ).fetchall()
    return {str(row[0]) for row in rows}


def _nudges(connection: Connection, settings: Settings, ids: set[str], hashes: set[str]) -> frozenset[str]:
    rows = connection.execute(
        f"select distinct nudge_id from {connection.relation(settings.schema('nudges'), 'nudge_events')} "
        f"where contact_id in ({places_of(sorted(ids))}) or recipient_hash in ({places_of(sorted(hashes))})",
        [*sorted(ids), *sorted(hashes)],
    ).fetchall()
    return frozenset(str(row[0]) for row in rows)
