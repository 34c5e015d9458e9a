"""One tick of the senders over the warehouse file of a scenario, in whatever process calls it.

What dbt would have planned is simply everything: the ledger has to refuse what must not leave again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from nudge_senders.delivery import deliver_channel, settle
from nudge_senders.fault import FaultPoint, no_fault
from nudge_senders.ledger import open_ledger
from nudge_senders.queue import open_queue, open_recheck
from nudge_senders.registry import Registry
from nudge_senders.settings import SenderSettings
from tests.matrix.http_destination import CHANNELS, NAME, HttpDestination
from tests.nudge_senders.world import FakeClock

NAMESPACE = "prod/live"
#: Given, so that no key file is made for every scenario.
_ENVIRON = {"MILESTONE_AGENT_HASH_KEY": "a key of the tests and of nothing else"}
LEASE = timedelta(minutes=10)


@dataclass(frozen=True)
class Tick:
    """What a tick has to know; crosses to another process."""

    path: Path
    tick_id: str
    now: datetime
    strategy: str
    write_at: str
    read_at: str
    #: of every wait for the provider
    timeout_seconds: float
    #: A connection that stays open until the process ends makes every other one cheap. Off where several
    #: processes need the file.
    is_kept_open: bool = True

    def run(
        self, *, fault: FaultPoint = no_fault, clock: FakeClock | None = None, patience: float = 20.0
    ) -> None:
        """Lease, settle, deliver, release. Raises what the senders raise."""
        keeper = duckdb.connect(str(self.path)) if self.is_kept_open else None
        self._run(fault, clock or FakeClock(self.now), patience)
        if keeper is not None:
            keeper.close()

    def _run(self, fault: FaultPoint, moment: FakeClock, patience: float) -> None:
        ledger = open_ledger(self.path, clock=moment, fault=fault, patience_seconds=patience)
        destination = HttpDestination(
            self.strategy,
            self.write_at,
            self.read_at,
            moment,
            fault,
            timeout_seconds=self.timeout_seconds,
        )
        destinations = Registry({NAME: destination}, True)
        settings = SenderSettings(namespace=NAMESPACE, home=self.path.parent, environ=_ENVIRON)
        lease = ledger.acquire_lease(
            namespace=NAMESPACE, tick_id=self.tick_id, tick_at=moment(), time_to_live=LEASE
        )
        recheck = open_recheck(self.path)
        settle(
            lease=lease,
            ledger=ledger,
            destinations=destinations,
            settings=settings,
            clock=moment,
            recheck=recheck,
            fault=fault,
        )
        deliver_channel(
            CHANNELS[self.strategy][0],
            lease=lease,
            ledger=ledger,
            queue=open_queue(self.path),
            recheck=recheck,
            destinations=destinations,
            settings=settings,
            clock=moment,
            fault=fault,
        )
        ledger.release_lease(lease)


def points_of_senders(taken: Sequence[str], wire: Sequence[str]) -> tuple[str, ...]:
    """All points in the order in which a tick passes them: those on the wire lie within the call."""
    place = taken.index("after_attempting") + 1
    return (*taken[:place], *wire, *taken[place:])
