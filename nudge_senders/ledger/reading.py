"""Questions to the ledger within a transaction that is open already. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nudge_senders.clock import from_stored
from nudge_senders.errors import LedgerNotMigrated
from nudge_senders.ledger.entry import NudgeState
from nudge_senders.ledger.memory import Memory
from nudge_senders.ledger.statements import statement
from nudge_senders.ledger.warehouse import Session

_IDS_PER_QUERY = 2000


def ledger_id(session: Session, schema: str) -> str:
    rows = session.run(statement("read_meta", schema))
    if len(rows) != 1:
        raise LedgerNotMigrated(
            f"ledger_meta holds {len(rows)} rows instead of one: run `milestone-agent init`"
        )
    return str(rows[0]["ledger_id"])


def memory(session: Session, schema: str, namespace: str) -> Memory:
    """What there is to remember of this namespace now."""
    row = session.run(statement("count_entries", schema), {"namespace": namespace})[0]
    return Memory(ledger_id(session, schema), int(row["number_of_entries"]), int(row["highest_fence"]))


def opened_at(session: Session, schema: str, namespace: str) -> datetime | None:
    return from_stored(
        session.run(statement("read_opened_at", schema), {"namespace": namespace})[0]["opened_at"]
    )


def states_of(
    session: Session, schema: str, namespace: str, nudge_ids: Sequence[str]
) -> dict[tuple[str, str], NudgeState]:
    """(nudge_id, action) -> state, for those of the nudges that the ledger knows."""
    found: dict[tuple[str, str], NudgeState] = {}
    for start in range(0, len(nudge_ids), _IDS_PER_QUERY):
        chunk = list(nudge_ids[start : start + _IDS_PER_QUERY])
        rows = session.run(
            statement("read_states_of", schema), {"namespace": namespace, "nudge_ids_in": chunk}
        )
        found.update({(row["nudge_id"], row["action"]): NudgeState.from_row(row) for row in rows})
    return found


def doubtful(session: Session, schema: str, namespace: str, fence: int) -> list[NudgeState]:
    rows = session.run(statement("read_doubtful", schema), {"namespace": namespace, "fence": fence})
    return sorted(
        (NudgeState.from_row(row) for row in rows), key=lambda state: (state.nudge_id, state.action)
    )
