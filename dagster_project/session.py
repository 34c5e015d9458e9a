"""What the steps of one tick share: who runs it, with which options, and the lease that is held for all of
it.

All steps run in one process, so this is a plain object and no data goes through Dagster. The steps themselves
are in `assets/`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dagster_project.clock import Clock, isoformat_z, system_clock
from dagster_project.dbt_in_process import DbtSession, NodeEvent
from dagster_project.errors import Refused, WarehouseBusy
from dagster_project.ledger_opening import ledger_of
from dagster_project.settings import Settings
from nudge_senders.counts import DeliveryCounts
from nudge_senders.errors import LeaseHeld
from nudge_senders.fault import FaultPoint, no_fault
from nudge_senders.ledger import Lease, LeaseRow, Ledger
from nudge_senders.ledger.holder import is_certainly_dead
from nudge_senders.registry import Registry
from nudge_senders.settings import SenderSettings

# Longer than any tick, and than the job's maximum run time: a lease that runs out while its tick lives is a
# second tick.
LEASE_TIME_TO_LIVE = timedelta(minutes=45)


def is_running(row: LeaseRow, now: datetime) -> bool:
    """Whether the holder of the lease may still be at work; one that was killed on this machine is not."""
    return row.is_held(now) and not is_certainly_dead(row.holder)


@dataclass(frozen=True)
class TickOptions:
    """`as_of` makes the tick a replay, which never sends; `dry_run` plans only. Of `reread_from` the UTC day
    counts: what was loaded since then is read again."""

    as_of: datetime | None = None
    full_refresh: bool = False
    reread_from: datetime | None = None
    dry_run: bool = False

    @property
    def is_sending(self) -> bool:
        return self.as_of is None and not self.dry_run


@dataclass(frozen=True)
class TickSummary:
    """What a tick found and did, as its last step read it from the warehouse. `holding` says in sentences
    why everything was held back."""

    tick_id: str
    tick_at: datetime
    as_of: datetime | None
    decisions: tuple[tuple[str, str, int], ...]
    queued: int
    counts: DeliveryCounts
    next_wake_at: datetime | None
    notes: tuple[str, ...] = ()
    """What every tick says while it holds, as sentences."""
    holding: tuple[str, ...] = ()

    @property
    def due(self) -> int:
        return sum(number for _, _, number in self.decisions)


@dataclass
class TickSession:
    """One tick under way. A process runs one at a time; `begin` makes it new for the next.

    `make_destinations` takes the place of the table of destinations, where they are not to be the real ones.
    """

    settings: Settings
    options: TickOptions = field(default_factory=TickOptions)
    clock: Clock = system_clock
    fault: FaultPoint = no_fault
    on_node: Callable[[NodeEvent], None] = lambda event: None
    make_destinations: Callable[[SenderSettings], Registry] | None = None
    lease: Lease | None = None
    fingerprint: str = ""
    counts: DeliveryCounts = field(default_factory=DeliveryCounts)
    broken_channels: dict[str, str] = field(default_factory=dict)
    summary: TickSummary | None = None
    is_validated: bool = False
    refusal: Refused | None = None

    def __post_init__(self) -> None:
        self.ledger: Ledger = ledger_of(self.settings, self.clock, fault=self.fault)
        self.dbt = DbtSession(self.settings)

    def begin(self) -> None:
        """Forget the tick before: a process that stays alive runs many."""
        self.lease, self.fingerprint, self.summary = None, "", None
        self.counts, self.broken_channels = DeliveryCounts(), {}

    def take_lease(self) -> Lease:
        """Only one tick runs, on every engine: the holder's number goes into everything that it writes."""
        now = self.clock()
        tick_id = f"{now:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
        try:
            self.lease = self.ledger.acquire_lease(
                namespace=self.settings.namespace,
                tick_id=tick_id,
                tick_at=now,
                time_to_live=LEASE_TIME_TO_LIVE,
            )
        except LeaseHeld as error:
            raise WarehouseBusy(f"Another tick is running: {error} Wait until it is done.") from error
        return self.lease

    def refuse_while_a_tick_runs(self) -> None:
        """For runs that plan without sending: they must not replace the tables of a tick under way."""
        row = self.ledger.lease()
        if row is not None and is_running(row, self.clock()):
            raise WarehouseBusy(f"The tick {row.tick_id} is running ({row.holder}); wait until it is done.")

    def held_lease(self) -> Lease:
        if self.lease is None:
            raise Refused(
                "No tick is under way, so nothing may be sent: a queue that lies there may be hours old. "
                "Run the job onboarding_tick as a whole."
            )
        return self.lease

    def release(self) -> None:
        """Give the lease back so that the next tick can start at once; nothing to do when none is held."""
        lease, self.lease = self.lease, None
        if lease is not None:
            self.ledger.release_lease(lease)

    def dbt_variables(self) -> dict[str, str] | None:
        """What no seed can say: the instant of a replay, and the day from which on events are read again."""
        variables: dict[str, str] = {}
        if self.options.as_of:
            variables["as_of"] = isoformat_z(self.options.as_of)
        if self.options.reread_from:
            variables["reread_from"] = f"{self.options.reread_from:%Y-%m-%d} 00:00:00"
        return variables or None
