"""One event out of three products' raw rows.

Belongs here: which column says what, and which rows are unusable or not yet known. Does not belong here: to
whom an event belongs (`identity`) and what it completes (`milestones`).
"""

import json
from dataclasses import dataclass

from tests.oracle.policy import Policy
from tests.oracle.raw import EVENT_TABLES, History, Row, rows, text

GROUP_KEYS = (
    "account_id",
    "company_id",
    "company",
    "organization_id",
    "organization",
    "org_id",
    "workspace_id",
    "group_id",
)


@dataclass(frozen=True)
class Event:
    """A product event; `names` are what a milestone may be called by."""

    source: str
    names: frozenset[str]
    user_id: str | None
    hint: str | None
    occurred_at: int | None
    received_at: int | None
    loaded_at: int | None

    def is_usable(self, policy: Policy) -> bool:
        """Whether it has a name and its time can be believed."""
        return bool(self.names) and policy.is_believable(self.occurred_at, self.loaded_at)


def enabled_sources(history: History) -> list[str]:
    """The event sources that are there."""
    return [source for source, table in EVENT_TABLES.items() if table in history]


def read_events(history: History) -> list[Event]:
    """Every raw event of every source, the bad ones too."""
    events = [_segment(row) for row in rows(history, "segment.tracks")]
    events += [_amplitude(row) for row in rows(history, "amplitude.events")]
    events += [_mixpanel(row) for row in rows(history, "mixpanel.events")]
    return events


def known_events(history: History, policy: Policy, tick_at: int) -> list[Event]:
    """The usable events that were loaded by `tick_at`."""
    return [
        event
        for event in read_events(history)
        if event.is_usable(policy) and event.loaded_at is not None and event.loaded_at <= tick_at
    ]


def _names(*candidates: object) -> frozenset[str]:
    return frozenset(str(name) for name in candidates if name is not None and name != "")


def _first(*instants: int | None) -> int | None:
    return next((instant for instant in instants if instant is not None), None)


def _segment(row: Row) -> Event:
    received_at = row.get("received_at")
    loaded_at = row.get("uuid_ts")
    return Event(
        source="segment",
        names=_names(row.get("event"), row.get("event_text")),
        user_id=text(row.get("user_id")),
        hint=text(row.get("context_group_id")),
        occurred_at=row.get("timestamp"),
        received_at=_first(received_at, loaded_at),
        loaded_at=_first(loaded_at, received_at),
    )


def _amplitude(row: Row) -> Event:
    return Event(
        source="amplitude",
        names=_names(row.get("event_type")),
        user_id=text(row.get("user_id")),
        hint=_group_of(row.get("groups")),
        occurred_at=row.get("event_time"),
        received_at=_first(row.get("server_upload_time"), row.get("loaded_at")),
        loaded_at=_first(row.get("loaded_at"), row.get("server_upload_time")),
    )


def _mixpanel(row: Row) -> Event:
    processed_ms = row.get("mp_processing_time_ms")
    processed_at = None if processed_ms is None else processed_ms * 1000
    return Event(
        source="mixpanel",
        names=_names(row.get("event")),
        user_id=text(row.get("distinct_id")),
        hint=_group_of(row.get("properties")),
        occurred_at=row.get("time"),
        received_at=_first(processed_at, row.get("loaded_at")),
        loaded_at=_first(row.get("loaded_at"), processed_at),
    )


def _group_of(json_text: str | None) -> str | None:
    """The account's id in a JSON object: the first group key with a text, or with a list of texts."""
    if json_text is None:
        return None
    try:
        value = json.loads(json_text)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    for key in GROUP_KEYS:
        found = value.get(key)
        if isinstance(found, list):
            found = found[0] if found else None
        if found is not None and found != "":
            return str(found)
    return None
