"""A person's answer about a nudge in doubt: it left, or it did not. How to find out is the person's business.

The answer is given under the lease, so that no tick is claiming or settling the nudge at the same moment.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from nudge_senders.ledger import Entry, Ledger, NudgeState
from nudge_senders.reasons import RESOLVED_BY_PERSON
from nudge_senders.recording import Result, entry_of_state
from nudge_senders.vocabulary import Action, Kind

#: Longer than the answer takes; if the process dies on the way, ticks wait no longer.
_LEASE_LASTS = timedelta(minutes=2)


def resolve(
    ledger: Ledger, *, namespace: str, nudge_id: str, action: Action, is_sent: bool, who: str, why: str
) -> None:
    """Append `resolved_sent` or `resolved_not_sent`. Raises LeaseHeld while a tick runs and NotInDoubt where
    nobody asked; nothing is appended then."""
    now = ledger.now()
    lease = ledger.acquire_lease(
        namespace=namespace,
        tick_id=f"resolve-{uuid.uuid4().hex[:12]}",
        tick_at=now,
        time_to_live=_LEASE_LASTS,
    )
    result = Result(
        kind=Kind.RESOLVED_SENT if is_sent else Kind.RESOLVED_NOT_SENT, reason_code=RESOLVED_BY_PERSON
    )

    def entry_of(state: NudgeState) -> Entry:
        return entry_of_state(state, result, lease=lease, recorded_at=ledger.now())

    try:
        ledger.append_resolution(lease, nudge_id, action, entry_of, who=who, why=why)
    finally:
        ledger.release_lease(lease)
