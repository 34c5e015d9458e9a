"""Whether a tick could find anything new: the answer behind the schedule, without launching anything.

Compared with the last *finished* tick: one that failed after planning sent nothing, and has to be followed by
one that does, although nothing new arrived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dagster_project.clock import Clock, isoformat_z
from dagster_project.errors import Refused, WarehouseBusy
from dagster_project.inputs import SourceTable, input_fingerprint
from dagster_project.ledger_opening import ledger_of
from dagster_project.session import is_running
from dagster_project.settings import Settings
from dagster_project.warehouse import reading
from nudge_senders.errors import LedgerLocked
from nudge_senders.ledger import TickRecord

#: The next evaluation comes soon, so this one does not queue for a file that somebody writes.
_PATIENCE_SECONDS = 1.0


@dataclass(frozen=True)
class Verdict:
    """Launch or not, and the sentence that the schedule shows for it. `is_idle`: there is nothing to do, so
    that it is no fault when no tick finishes. `is_blind`: nobody could look."""

    is_launching: bool
    why: str
    is_idle: bool = False
    is_blind: bool = False


def verdict_of(
    last: TickRecord | None, *, fingerprint: str, holder: str | None, runs_under_way: int, now: datetime
) -> Verdict:
    """The rule itself, as a pure function of what was read."""
    if runs_under_way:
        return Verdict(False, "a tick is under way or waits to start")
    if holder is not None:
        return Verdict(False, f"a tick holds the lease ({holder})")
    if last is None:
        return Verdict(True, "no tick has finished yet in this namespace")
    if last.input_fingerprint != fingerprint:
        return Verdict(True, f"something arrived or was changed since {isoformat_z(last.tick_at)}")
    if last.next_wake_at is not None and now >= last.next_wake_at:
        return Verdict(
            True, f"an instant has passed at which a decision changes: {isoformat_z(last.next_wake_at)}"
        )
    looks_again = isoformat_z(last.next_wake_at) if last.next_wake_at else "when something arrives"
    return Verdict(
        False,
        f"nothing can have changed since {isoformat_z(last.tick_at)}; looking again {looks_again}",
        is_idle=True,
    )


def should_tick(
    settings: Settings, sources: Sequence[SourceTable], *, runs_under_way: int, clock: Clock
) -> Verdict:
    """Read what the rule needs, read-only and briefly; a warehouse in use is a reason to wait, not an
    error.
    """
    if runs_under_way:
        return verdict_of(None, fingerprint="", holder=None, runs_under_way=runs_under_way, now=clock())
    if settings.is_absent:
        return Verdict(False, f"there is no warehouse at {settings.duckdb_path} yet", is_idle=True)
    ledger = ledger_of(settings, clock, patience_seconds=_PATIENCE_SECONDS)
    try:
        if not ledger.is_migrated():
            return Verdict(True, "no tick has run here yet")
        row = ledger.lease()
        last = ledger.last_finished_tick(settings.namespace)
        with reading(settings, patience_seconds=_PATIENCE_SECONDS) as connection:
            fingerprint = input_fingerprint(connection, settings, sources)
    except (WarehouseBusy, LedgerLocked):
        return Verdict(False, "the warehouse is busy", is_blind=True)
    except Refused as refused:
        return Verdict(False, str(refused), is_blind=True)
    holder = row.holder if row is not None and is_running(row, clock()) else None
    return verdict_of(last, fingerprint=fingerprint, holder=holder, runs_under_way=0, now=clock())
