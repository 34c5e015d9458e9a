"""A step of a history on an engine: the raw data, and a build of dbt within the frame of a tick or without.

The frame is the ledger's own: its lease says to the models what time it is, and the tick is entered at the
end.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path

from nudge_senders.counts import DeliveryCounts
from nudge_senders.ledger.entry import TickRecord
from tests.engines.parity.engine import Engine
from tests.engines.parity.histories import Step
from tests.properties.ledger_rows import NAMESPACE


def play(engine: Engine, project: Path, step: Step) -> None:
    """Load and build; of a tick, append its entries first and enter it afterwards."""
    engine.load(step.source)
    if not step.is_tick:
        engine.build(project, as_of=step.now)
        return
    tick_at = step.now.replace(tzinfo=UTC)
    ledger = engine.ledger()
    ledger.migrate()
    lease = ledger.acquire_lease(
        namespace=NAMESPACE,
        tick_id=f"tick of {tick_at:%d %B}",
        tick_at=tick_at,
        time_to_live=timedelta(days=1),
    )
    ledger.append_outcomes(lease, step.entries)
    engine.build(project, as_of=None)
    due = engine.rows("onboarding", "fct_nudge_decisions")
    ledger.finish_tick(
        TickRecord.of(
            lease,
            as_of=tick_at,
            finished_at=tick_at + timedelta(minutes=2),
            policy_hash="of the seeds",
            due=len(due),
            counts=DeliveryCounts(queued=len(due), skipped=len(due)),
            next_wake_at=tick_at + timedelta(minutes=5),
            input_fingerprint=None,
            wanted=len(due),
            slips=3,
            is_held=False,
        )
    )
    ledger.release_lease(lease)
