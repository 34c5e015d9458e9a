"""The rows of the ledger as frozen values, and how they become database rows and back. No SQL and no rule
here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self

from nudge_senders.clock import from_stored, to_stored
from nudge_senders.counts import DeliveryCounts


class _Stored:
    """A frozen dataclass whose fields are a table's columns."""

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """The value of a database row; further columns are ignored."""
        values = {name: row[name] for name in _columns(cls)}
        return cls(**{k: from_stored(v) if isinstance(v, datetime) else v for k, v in values.items()})

    def to_row(self) -> dict[str, object]:
        """Column -> value as the database takes it, in the columns' order."""
        values = {name: getattr(self, name) for name in _columns(type(self))}
        return {k: to_stored(v) if isinstance(v, datetime) else v for k, v in values.items()}


def _columns(stored: Any) -> list[str]:
    return [column.name for column in fields(stored)]


@dataclass(frozen=True, kw_only=True)
class Entry(_Stored):
    """One row of `nudge_events`, columns in their order. Times are aware UTC."""

    entry_id: str
    ledger_id: str
    namespace: str
    nudge_id: str | None = None
    delivery_id: str | None = None
    action: str | None = None
    kind: str
    attempt: int | None = None
    fence: int
    seq: int
    tick_id: str | None = None
    recorded_at: datetime
    not_before: datetime | None = None
    deadline_at: datetime | None = None
    next_check_at: datetime | None = None
    account_id: str | None = None
    cycle: int | None = None
    milestone_key: str | None = None
    tier: int | None = None
    channel: str | None = None
    destination: str | None = None
    contact_id: str | None = None
    recipient_hash: str | None = None
    template_key: str | None = None
    variant: str | None = None
    template_hash: str | None = None
    policy_hash: str | None = None
    body_hash: str | None = None
    provider_ref: str | None = None
    provider_status: str | None = None
    reason_code: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class NudgeState(_Stored):
    """One row of `nudge_states`."""

    namespace: str
    nudge_id: str
    action: str
    state: str
    state_at: datetime
    attempts: int
    fence: int
    tick_id: str | None
    account_id: str | None
    cycle: int | None
    milestone_key: str | None
    tier: int | None
    channel: str | None
    destination: str | None
    contact_id: str | None
    template_key: str | None
    variant: str | None
    template_hash: str | None
    policy_hash: str | None
    first_claimed_at: datetime | None
    first_attempted_at: datetime | None
    last_attempted_at: datetime | None
    sent_at: datetime | None
    not_before: datetime | None
    deadline_at: datetime | None
    next_check_at: datetime | None
    reason_code: str | None
    provider_ref: str | None
    provider_status: str | None
    is_possibly_sent: bool
    last_kind: str
    last_seq: int
    last_attempt: int | None
    delivery_id: str | None
    body_hash: str | None
    #: provider's keys that may count as used although nothing left under them
    keys_used: int
    #: the earliest try of which nobody knows whether it left
    first_doubted_attempt: int | None

    @property
    def is_earlier_try_in_doubt(self) -> bool:
        """Whatever became of the last try, may one before it have left?"""
        first, last = self.first_doubted_attempt, self.last_attempt
        return first is not None and last is not None and first < last


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to be the one tick that runs. `fence` grows with every lease ever given."""

    namespace: str
    tick_id: str
    tick_at: datetime
    fence: int
    holder: str
    acquired_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class LeaseRow(_Stored):
    """The lease as it stands, whoever has it."""

    holder: str
    fence: int
    tick_id: str | None
    tick_at: datetime | None
    namespace: str | None
    expires_at: datetime
    released_at: datetime | None

    def is_held(self, now: datetime) -> bool:
        return self.released_at is None and self.expires_at > now


@dataclass(frozen=True, kw_only=True)
class Halt(_Stored):
    """A stop of sends, of everything or of a scope, until somebody releases it or its time is over.

    `up_to` and `policy_hash` belong to the release of an anomaly only (`LedgerRecords.release_anomaly`).
    """

    halt_id: str
    scope: str
    recorded_at: datetime
    until_at: datetime | None
    who: str | None
    why: str | None
    released_at: datetime | None
    up_to: int | None = None
    policy_hash: str | None = None


@dataclass(frozen=True, kw_only=True)
class TickRecord(_Stored):
    """One row of `ticks`: a tick that has finished, its counts per exit, and what the next evaluation
    compares.

    `wanted`, `slips` and `is_held` are what the plan knew of the whole, for the plan of the next tick.
    """

    tick_id: str
    namespace: str
    fence: int
    tick_at: datetime
    as_of: datetime | None
    finished_at: datetime
    policy_hash: str | None
    due: int
    queued: int
    claimed: int
    sent: int
    retryable: int
    dead: int
    uncertain: int
    needs_review: int
    suppressed: int
    cancelled: int
    skipped: int
    next_wake_at: datetime | None
    input_fingerprint: str | None
    wanted: int | None = None
    slips: int | None = None
    is_held: bool | None = None

    @classmethod
    def of(
        cls,
        lease: Lease,
        *,
        as_of: datetime | None,
        finished_at: datetime,
        policy_hash: str | None,
        due: int,
        counts: DeliveryCounts,
        next_wake_at: datetime | None,
        input_fingerprint: str | None,
        wanted: int | None = None,
        slips: int | None = None,
        is_held: bool | None = None,
    ) -> TickRecord:
        """The record of the tick that held this lease."""
        return cls(
            tick_id=lease.tick_id,
            namespace=lease.namespace,
            fence=lease.fence,
            tick_at=lease.tick_at,
            as_of=as_of,
            finished_at=finished_at,
            policy_hash=policy_hash,
            due=due,
            next_wake_at=next_wake_at,
            input_fingerprint=input_fingerprint,
            wanted=wanted,
            slips=slips,
            is_held=is_held,
            # What was taken back stands in the ledger; here it is part of `sent`.
            **{name: number for name, number in counts.as_dict().items() if name != "withdrawn"},
        )
