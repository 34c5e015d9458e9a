"""The raw tables as Python rows.

Belongs here: the names and kinds of the raw contract's columns. Instants are integer microseconds. Does not
belong here: what the columns mean, or how rows are made.
"""

from collections.abc import Mapping
from typing import Any

Row = dict[str, Any]
History = Mapping[str, list[Row]]

TEXT = "varchar"
INSTANT = "timestamp"
INTEGER = "bigint"
BOOLEAN = "boolean"

# A column of a row that starts with an underscore is not written: it says when a row comes and goes.
ARRIVES = "_arrives_at"
LEAVES = "_leaves_at"

COLUMNS: dict[str, dict[str, str]] = {
    "segment.tracks": {
        "id": TEXT,
        "event": TEXT,
        "event_text": TEXT,
        "user_id": TEXT,
        "anonymous_id": TEXT,
        "context_group_id": TEXT,
        "timestamp": INSTANT,
        "received_at": INSTANT,
        "uuid_ts": INSTANT,
    },
    "segment.groups": {
        "id": TEXT,
        "user_id": TEXT,
        "group_id": TEXT,
        "timestamp": INSTANT,
        "received_at": INSTANT,
    },
    "amplitude.events": {
        "uuid": TEXT,
        "insert_id": TEXT,
        "user_id": TEXT,
        "event_type": TEXT,
        "event_time": INSTANT,
        "server_upload_time": INSTANT,
        "groups": TEXT,
        "event_properties": TEXT,
        "loaded_at": INSTANT,
    },
    "mixpanel.events": {
        "insert_id": TEXT,
        "event": TEXT,
        "distinct_id": TEXT,
        "time": INSTANT,
        "mp_processing_time_ms": INTEGER,
        "properties": TEXT,
        "loaded_at": INSTANT,
    },
    "crm.accounts": {
        "account_id": TEXT,
        "account_name": TEXT,
        "signed_up_at": INSTANT,
        "plan": TEXT,
        "segment": TEXT,
        "path_key": TEXT,
        "seats": INTEGER,
        "country_code": TEXT,
        "csm_name": TEXT,
        "csm_email": TEXT,
        "csm_slack_id": TEXT,
        "timezone": TEXT,
        "is_internal": BOOLEAN,
        "churned_at": INSTANT,
        "onboarding_cycle": INTEGER,
        "cycle_started_at": INSTANT,
        "updated_at": INSTANT,
    },
    "crm.account_aliases": {
        "source_name": TEXT,
        "external_id": TEXT,
        "account_id": TEXT,
        "updated_at": INSTANT,
    },
    "crm.contacts": {
        "contact_id": TEXT,
        "account_id": TEXT,
        "user_id": TEXT,
        "email": TEXT,
        "full_name": TEXT,
        "role": TEXT,
        "timezone": TEXT,
        "email_consent": BOOLEAN,
        "unsubscribed_at": INSTANT,
        "hard_bounced_at": INSTANT,
        "last_seen_at": INSTANT,
        "updated_at": INSTANT,
    },
    "crm.account_holds": {
        "account_id": TEXT,
        "reason": TEXT,
        "held_from": INSTANT,
        "held_until": INSTANT,
        "noted_by": TEXT,
    },
    "crm.account_touches": {
        "touch_id": TEXT,
        "account_id": TEXT,
        "nudge_id": TEXT,
        "kind": TEXT,
        "occurred_at": INSTANT,
        "until_at": INSTANT,
        "noted_by": TEXT,
        "loaded_at": INSTANT,
    },
    "integrations.sync_runs": {
        "sync_run_id": TEXT,
        "account_id": TEXT,
        "integration": TEXT,
        "status": TEXT,
        "error_code": TEXT,
        "error_message": TEXT,
        "log_url": TEXT,
        "finished_at": INSTANT,
        "loaded_at": INSTANT,
    },
    "feedback.message_events": {
        "event_id": TEXT,
        "nudge_id": TEXT,
        "provider_message_id": TEXT,
        "contact_id": TEXT,
        "provider": TEXT,
        "event_type": TEXT,
        "occurred_at": INSTANT,
        "loaded_at": INSTANT,
    },
    "loader.heartbeats": {
        "source_name": TEXT,
        "synced_through": INSTANT,
        "loaded_at": INSTANT,
    },
}

EVENT_TABLES = {"segment": "segment.tracks", "amplitude": "amplitude.events", "mixpanel": "mixpanel.events"}


def text(value: object) -> str | None:
    """A text, none when there is nothing in it: an empty id is no id."""
    return None if value is None or value == "" else str(value)


def rows(history: History, table: str) -> list[Row]:
    """The rows of a table, none when the user does not have it."""
    return history.get(table, [])
