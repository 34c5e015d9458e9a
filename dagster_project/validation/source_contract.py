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
    """One raw table. `required`: of each group of columns at least one has to be there.

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

OPTIONAL_TABLES: tuple[SourceTable, ...] = (
    SourceTable("segment", "groups", without="a user's account is known from the event or the contact only"),
    SourceTable(
        "crm",
        "account_aliases",
        without="workspaces, foreign ids and merged accounts are not joined to their account",
    ),
    SourceTable(
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
    ),
    SourceTable("crm", "account_holds", without="no holds: a clock stops for no holiday or legal review"),
    SourceTable(
        "crm",
        "account_touches",
        without="meetings, tickets, snoozes and hand-backs are not known, so nudges do not wait for people",
    ),
    SourceTable(
        "integrations",
        "sync_runs",
        without="failed integrations are not shown, and get no message of their own",
    ),
    SourceTable(
        "feedback",
        "message_events",
        without="opens, clicks, bounces and complaints are not known: opt-outs come from the CRM only",
    ),
    SourceTable(
        "loader",
        "heartbeats",
        without="the newest received_at of a source, less its completeness lag, says how far it is",
    ),
)
