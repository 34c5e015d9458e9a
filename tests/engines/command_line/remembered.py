"""What the ledger of every world holds before its tick: messages that left, and some of which nobody knows.

The same entries on every engine, made from what DuckDB decides of the same demo.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dagster_project.clock import fixed_clock
from nudge_senders.counts import DeliveryCounts
from nudge_senders.identity import recipient_hash
from nudge_senders.ledger import Lease, open_ledger
from nudge_senders.ledger.entry import Entry, TickRecord
from nudge_senders.reasons import NO_WAY_TO_SETTLE

NAMESPACE = "dev/shadow"
#: Keyed hashes of addresses are made with it; `forget` finds people by them.
HASH_KEY = "engines" * 8
#: How the nudges ended, one after the other.
_ENDINGS = (
    ("claimed", "attempting", "sent"),
    ("claimed", "attempting", "uncertain", "needs_review"),
    ("claimed", "attempting", "uncertain"),
    ("claimed", "attempting", "sent"),
)


def remember(
    environ: Mapping[str, str], schema: str, nudges: Sequence[Mapping[str, Any]], as_of: datetime
) -> None:
    """Write the entries of a tick that ended an hour before `as_of`, and its record."""
    then = as_of - timedelta(hours=1)
    ledger = open_ledger(
        Path(environ["MILESTONE_AGENT_DUCKDB_PATH"]),
        schema=schema,
        clock=fixed_clock(then),
        target=environ["MILESTONE_AGENT_TARGET"],
        environ=environ,
    )
    lease = ledger.acquire_lease(
        namespace=NAMESPACE, tick_id="a-tick", tick_at=then, time_to_live=timedelta(minutes=30)
    )
    ledger.append_outcomes(lease, [entry for each in _entries(lease, nudges, then) for entry in each])
    ledger.finish_tick(
        TickRecord.of(
            lease,
            as_of=then,
            finished_at=then + timedelta(minutes=1),
            policy_hash="a-policy",
            due=len(nudges),
            counts=DeliveryCounts(),
            next_wake_at=None,
            input_fingerprint=None,
        )
    )
    ledger.release_lease(lease)


def _entries(lease: Lease, nudges: Sequence[Mapping[str, Any]], then: datetime) -> list[list[Entry]]:
    return [
        [
            Entry(
                entry_id="",
                ledger_id="",
                namespace=NAMESPACE,
                nudge_id=nudge["nudge_id"],
                delivery_id=nudge["nudge_id"],
                action="deliver",
                kind=kind,
                attempt=1,
                fence=lease.fence,
                seq=seq,
                tick_id=lease.tick_id,
                recorded_at=then + timedelta(seconds=seq),
                account_id=nudge["account_id"],
                cycle=1,
                milestone_key=nudge["milestone_key"],
                tier=nudge["tier"],
                channel=nudge["channel"],
                destination=nudge["destination"],
                contact_id=nudge["contact_id"],
                recipient_hash=recipient_hash(HASH_KEY.encode(), nudge["email"]) if nudge["email"] else None,
                template_key=nudge["template_key"],
                variant="",
                reason_code=NO_WAY_TO_SETTLE if kind == "needs_review" else None,
                as_of=then,
            )
            for seq, kind in enumerate(_ENDINGS[number % len(_ENDINGS)], start=1)
        ]
        for number, nudge in enumerate(nudges)
    ]
