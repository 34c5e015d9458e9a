"""A nudge as the queue hands it over: one frozen row of `sync_nudge_queue`, checked when it is read.

Which nudges there are is decided in dbt; how one is worded, sent and remembered lies elsewhere in this
package.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from nudge_senders.clock import from_stored
from nudge_senders.errors import UnusableQueueRow
from nudge_senders.vocabulary import Action, Channel

#: Also a file name and a provider's idempotency key, hence the alphabet that every provider takes.
_NUDGE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}\Z")
#: An email address, also within more text such as `Jane <jane@example.com>`. SQL searches with it as well.
ADDRESS_PATTERN = r"[^@\s]@[^@\s]"
#: After the environment, the namespace of test sends, which no ledger knows.
TRIAL_NAMESPACE = "trial"
_REQUIRED = (
    "tick_id",
    "namespace",
    "nudge_id",
    "account_id",
    "milestone_key",
    "tier",
    "channel",
    "destination",
    "template_key",
)


@dataclass(frozen=True, kw_only=True)
class Nudge:
    """One message wanted now. Attributes are the queue's columns; times are aware UTC.

    `action` is `deliver` unless the queue says otherwise: a withdrawal of a nudge that is no longer wanted
    has the same shape.
    """

    tick_id: str
    namespace: str
    nudge_id: str
    account_id: str
    milestone_key: str
    tier: int
    channel: Channel
    destination: str
    template_key: str
    action: Action = Action.DELIVER
    cycle: int = 1
    tick_at: datetime | None = None
    as_of: datetime | None = None
    policy_hash: str | None = None
    #: what leaves in one call with others to the same CSM shares it
    digest_key: str | None = None
    account_name: str | None = None
    path_key: str | None = None
    segment: str | None = None
    plan: str | None = None
    milestone_name: str | None = None
    milestone_order: int | None = None
    due_at: datetime | None = None
    eligible_at: datetime | None = None
    #: after this instant the message is noise
    deadline_at: datetime | None = None
    template_milestone_key: str | None = None
    template_error_class: str | None = None
    variant: str | None = None
    vendor_template_id: str | None = None
    how_to_url: str | None = None
    contact_id: str | None = None
    contact_user_id: str | None = None
    contact_email: str | None = None
    contact_name: str | None = None
    contact_timezone: str | None = None
    recipient_reason: str | None = None
    csm_name: str | None = None
    csm_email: str | None = None
    csm_slack_id: str | None = None
    account_timezone: str | None = None
    signed_up_at: datetime | None = None
    day_of_onboarding: int | None = None
    milestones_completed: int | None = None
    milestones_total: int | None = None
    furthest_milestone_name: str | None = None
    next_milestone_expected_by: datetime | None = None
    hours_overdue: float | None = None
    active_contacts_7d: int | None = None
    last_activity_at: datetime | None = None
    earlier_nudges: str | None = None
    has_complaint: bool | None = None
    failed_integration: str | None = None
    failed_error_code: str | None = None
    failed_error_class: str | None = None
    failed_error_message: str | None = None
    #: what to change so that it runs again; None for an error that nobody recognised
    failed_proposed_fix: str | None = None
    failed_log_url: str | None = None
    failed_at: datetime | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Nudge:
        """A queue row (column -> value; further columns are ignored) as a Nudge, or UnusableQueueRow."""
        for column in _REQUIRED:
            if row.get(column) is None or str(row[column]) == "":
                raise UnusableQueueRow(f"queue row {row.get('nudge_id')!r} has no {column}")
        if not _NUDGE_ID.match(str(row["nudge_id"])):
            raise UnusableQueueRow("nudge_id may hold letters, digits, '-' and '_' only, at most 128 of them")
        for column in ("account_id", "contact_id"):
            if re.search(ADDRESS_PATTERN, str(row.get(column) or "")):
                # The ledger keeps ids for ever, and must not keep addresses.
                raise UnusableQueueRow(f"{column} of nudge {row['nudge_id']} holds an email address")
        values: dict[str, Any] = {}
        for attribute in fields(cls):
            value = row.get(attribute.name)
            if value is not None:
                values[attribute.name] = from_stored(value) if isinstance(value, datetime) else value
        try:
            values["channel"] = Channel(str(row["channel"]))
            values["action"] = Action(str(row.get("action") or Action.DELIVER))
            values["tier"] = int(row["tier"])
        except ValueError as error:
            raise UnusableQueueRow(f"nudge {row['nudge_id']}: {error}") from error
        return cls(**values)

    @property
    def is_trial(self) -> bool:
        """A test send: for the named recipient and for nobody else."""
        return self.namespace.endswith(f"/{TRIAL_NAMESPACE}")

    @property
    def recipient(self) -> str | None:
        """The address that identifies the person written to, for the keyed hash only."""
        if self.channel is Channel.HUMAN:
            return self.csm_email or self.csm_slack_id
        return self.contact_email or self.contact_user_id or self.contact_id
