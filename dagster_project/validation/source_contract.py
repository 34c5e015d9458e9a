"""The raw tables that the pipeline reads, as data: what is required, and what absence switches off.

Where the tables are is said by the dbt project's variables (project_vars); reading them is staging's job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

EVENT_SOURCES = ("segment", "amplitude", "mixpanel")
SOURCES = (*EVENT_SOURCES, "crm", "integrations", "feedback", "loader")


@dataclass(frozen=True)
class SourceTable:
    """One raw table. `required`: of each group of columns at least one has to be there, where the table is.

    `without` is what happens when the whole table is absent, `without_columns` when one column (or
    each of those joined by " or ") is.
    """

    source: str
    name: str
    required: tuple[tuple[str, ...], ...] = ()
    without: str = ""
    without_columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.source}.{self.name}"


@dataclass(frozen=True)
class EventColumns:
    """What the columns of an event source mean. `hint` names the account, as text or, with `is_json`, under
    one of several keys; of `loaded` the first that holds a value is the time of loading.
    """

    names: tuple[str, ...]
    user: str
    hint: str
    loaded: tuple[str, ...]
    is_json: bool = False


EVENT_COLUMNS: Mapping[str, EventColumns] = {
    "segment": EventColumns(
        ("event", "event_text"), "user_id", "context_group_id", ("uuid_ts", "received_at")
    ),
    "amplitude": EventColumns(
        ("event_type",), "user_id", "groups", ("loaded_at", "server_upload_time"), is_json=True
    ),
    "mixpanel": EventColumns(
        ("event",), "distinct_id", "properties", ("loaded_at", "mp_processing_time_ms"), is_json=True
    ),
}

EVENT_TABLES: Mapping[str, SourceTable] = {
    "segment": SourceTable(
        "segment",
        "tracks",
        required=(("event",), ("timestamp",), ("received_at", "uuid_ts"), ("user_id", "context_group_id")),
        without_columns={
            "uuid_ts": "received_at stands in for the time of loading, so a load that came late looks timely",
            "context_group_id": "events find their account through the user's group or contact only",
            "user_id": "events without a group find no account, and people's activity is not counted",
        },
    ),
    "amplitude": SourceTable(
        "amplitude",
        "events",
        required=(
            ("event_type",),
            ("event_time",),
            ("server_upload_time", "loaded_at"),
            ("user_id", "groups"),
        ),
        without_columns={
            "groups": "events find their account through the user's group or contact only",
            "loaded_at": "server_upload_time stands in for the time of loading",
        },
    ),
    "mixpanel": SourceTable(
        "mixpanel",
        "events",
        required=(
            ("event",),
            ("time",),
            ("mp_processing_time_ms", "loaded_at"),
            ("distinct_id", "properties"),
        ),
        without_columns={
            "properties": "events find their account through the user's group or contact only",
            "loaded_at": "mp_processing_time_ms stands in for the time of loading",
        },
    ),
}

CRM_ACCOUNTS = SourceTable(
    "crm",
    "accounts",
    required=(("account_id",),),
    without_columns={
        "account_name": "messages call the account by its id",
        "signed_up_at": "an account signs up with its earliest event",
        "path_key or segment": "every account follows the path default",
        "plan": "reports have no plan",
        "seats": "reports have no seats",
        "country_code": "business clocks know weekends, but no holidays",
        "csm_name": "messages are not signed by the CSM",
        "csm_email or csm_slack_id": "tier 3 finds no CSM to write to",
        "timezone": "business days and local times are those of UTC",
        "is_internal": "internal accounts are nudged like customers",
        "churned_at": "churned accounts are nudged like customers",
        "onboarding_cycle": "a customer who onboards again stays in cycle 1",
        "cycle_started_at": "events of an earlier onboarding keep counting",
        "updated_at": "of two rows of one account any one is taken",
    },
)

SEGMENT_GROUPS = SourceTable(
    "segment",
    "groups",
    required=(("user_id",), ("group_id",), ("timestamp",)),
    without="a user's account is known from the event or the contact only",
    without_columns={
        "uuid_ts or received_at": "group calls count as known at once, and all are read in every tick",
    },
)

CRM_ALIASES = SourceTable(
    "crm",
    "account_aliases",
    required=(("external_id",), ("account_id",)),
    without="workspaces, foreign ids and merged accounts are not joined to their account",
    without_columns={
        "source_name": "an alias holds for the ids of every source",
        "updated_at": "of two aliases of one id the account that sorts first is taken",
    },
)

CRM_CONTACTS = SourceTable(
    "crm",
    "contacts",
    without="tiers 1 and 2 find nobody to write to (no_reachable_contact); only tier 3 can leave",
    without_columns={
        "contact_id": "tiers 1 and 2 find nobody to write to",
        "account_id": "contacts belong to no account, so tiers 1 and 2 find nobody to write to",
        "user_id": "in-app messages reach nobody, and events are not found through contacts",
        "email": "emails reach nobody",
        "full_name": "messages do not greet by name",
        "role": "a milestone's recipient_role is ignored",
        "timezone": "quiet hours are those of UTC",
        "email_consent": "no consent is known, so no email leaves (consent_missing)",
        "unsubscribed_at": "opt-outs are known from feedback only",
        "hard_bounced_at": "bounces are known from feedback only",
        "last_seen_at": "recipients are not chosen by recent activity",
        "updated_at": "of two rows of one contact any one is taken",
    },
)

CRM_HOLDS = SourceTable(
    "crm",
    "account_holds",
    required=(("account_id",), ("held_from",)),
    without="no holds: a clock stops for no holiday or legal review",
    without_columns={
        "held_until": "every hold is open-ended",
        "reason": "explain shows no reason of a hold",
        "noted_by": "explain shows nobody who noted a hold",
    },
)

OPTIONAL_TABLES: tuple[SourceTable, ...] = (
    SEGMENT_GROUPS,
    CRM_ALIASES,
    CRM_CONTACTS,
    CRM_HOLDS,
    SourceTable(
        "crm",
        "account_touches",
        required=(("kind",), ("occurred_at",), ("account_id", "nudge_id")),
        without="meetings, tickets, snoozes and hand-backs are not known, so nudges do not wait for people",
        without_columns={
            "account_id": "a touch finds its account through its nudge only",
            "nudge_id": "a touch finds its account by account_id only",
            "until_at": "a snooze or a ticket holds nudges back for the usual cool-down only",
            "noted_by": "explain shows nobody who noted a touch",
            "loaded_at": "touches count as known at once, also in a replay",
        },
    ),
    SourceTable(
        "integrations",
        "sync_runs",
        required=(("account_id",), ("status",), ("finished_at",)),
        without="failed integrations are not shown, and get no message of their own",
        without_columns={
            "sync_run_id": "of two runs that finish together any one counts",
            "integration": "all runs of an account count as those of one integration",
            "error_code": "messages do not say which error an integration had",
            "error_message": "messages do not quote the error of an integration",
            "log_url": "the CSM's message has no link to the log",
            "loaded_at": "runs count as known at once, also in a replay",
        },
    ),
    SourceTable(
        "feedback",
        "message_events",
        required=(
            ("event_type",),
            ("occurred_at",),
            ("contact_id", "nudge_id", "provider_message_id"),
        ),
        without="opens, clicks, bounces and complaints are not known: opt-outs come from the CRM only",
        without_columns={
            "contact_id": "feedback finds its person through the nudge only",
            "nudge_id": "opens and clicks are not counted per nudge",
            "provider_message_id": "feedback finds its nudge by nudge_id only",
            "loaded_at": "feedback counts as known at once, also in a replay",
        },
    ),
    SourceTable(
        "loader",
        "heartbeats",
        required=(("source_name",), ("synced_through",)),
        without="the newest received_at of a source, less its completeness lag, says how far it is",
        without_columns={"loaded_at": "of a source's heartbeats the one that is furthest ahead counts"},
    ),
)
