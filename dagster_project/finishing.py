"""How a tick ends: count, remember, copy the marts, give the lease back. A replay and a dry run only
count.
"""

from __future__ import annotations

from dagster_project.marts_copy import copy_marts
from dagster_project.session import TickSession, TickSummary
from dagster_project.tick_state import (
    account_milestone_counts,
    checked,
    decision_counts,
    planned_at,
    policy_hash,
    queue_size,
    standing_notes,
)
from dagster_project.wake_up import next_wake_at
from dagster_project.warehouse import reading
from nudge_senders.ledger import TickRecord


def finish_tick(session: TickSession) -> tuple[TickSummary, list[tuple[str, int]]]:
    """The summary, and accounts per next milestone for the picture."""
    settings = session.settings
    with reading(settings) as connection:
        planned = planned_at(connection, settings)
        if planned is None:
            raise RuntimeError("the plan left no row in int_as_of")
        hashed = policy_hash(connection, settings)
        found = checked(connection, settings)
        wake_at = next_wake_at(connection, settings, as_of=planned.as_of, tick_at=planned.tick_at)
        summary = TickSummary(
            tick_id=planned.tick_id,
            tick_at=planned.tick_at,
            as_of=planned.as_of,
            decisions=decision_counts(connection, settings),
            queued=queue_size(connection, settings),
            counts=session.counts,
            next_wake_at=wake_at,
            notes=standing_notes(connection, settings),
            holding=found.holding,
        )
        milestones = account_milestone_counts(connection, settings)
    session.summary = summary
    lease = session.lease
    if lease is not None:
        session.ledger.finish_tick(
            TickRecord.of(
                lease,
                as_of=planned.as_of,
                finished_at=session.clock(),
                policy_hash=hashed,
                due=summary.due,
                counts=session.counts,
                next_wake_at=wake_at,
                input_fingerprint=session.fingerprint,
                wanted=found.wanted,
                slips=found.slips,
                is_held=found.is_held,
            )
        )
    if not session.options.dry_run:
        copy_marts(settings, session.clock())
    session.release()
    return summary, milestones
