"""The plain part of the ledger: reading states and entries, and the append-only rows of ticks and halts.

Each method is one transaction. What needs the lease, and everything that decides whether a nudge may
leave, is in `ledger`.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from nudge_senders.clock import Clock, from_stored
from nudge_senders.errors import LedgerLocked, LedgerNotMigrated
from nudge_senders.fault import FaultPoint, no_fault
from nudge_senders.ledger.entry import Entry, Halt, NudgeState, TickRecord
from nudge_senders.ledger.statements import checked_identifier, statement
from nudge_senders.ledger.warehouse import CollidedTransaction, Session, Warehouse

_WAITS_AFTER_COLLISIONS = (0.25, 0.5, 1.0, 2.0)
#: Scope of the rows that release an anomaly of new slips.
ANOMALY = "anomaly"

Result = TypeVar("Result")


def new_halt_id() -> str:
    return uuid.uuid4().hex[:12]


class LedgerRecords:
    """See the module's docstring. `home` holds what is remembered outside of the warehouse."""

    def __init__(
        self,
        warehouse: Warehouse,
        *,
        home: Path,
        schema: str,
        clock: Clock,
        fault: FaultPoint = no_fault,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._warehouse = warehouse
        self._home = home
        self._schema = checked_identifier(schema)
        self._clock = clock
        self._fault = fault
        self._sleep = sleep

    def now(self) -> datetime:
        """By the clock of this ledger."""
        return self._clock()

    # -- reading

    def states(self, namespace: str) -> list[NudgeState]:
        rows = self._transact(lambda session: session.run(self._sql("read_states"), {"namespace": namespace}))
        return [NudgeState.from_row(row) for row in rows]

    def counts_by_state(self, namespace: str) -> dict[str, int]:
        rows = self._transact(
            lambda session: session.run(self._sql("count_states"), {"namespace": namespace})
        )
        return {row["state"]: int(row["number_of_nudges"]) for row in rows}

    def entries(self, nudge_id: str) -> list[Entry]:
        rows = self._transact(
            lambda session: session.run(self._sql("read_entries_of_nudge"), {"nudge_id": nudge_id})
        )
        return [Entry.from_row(row) for row in rows]

    def entries_of_account(self, account_id: str, namespace: str | None = None) -> list[Entry]:
        rows = self._transact(
            lambda session: session.run(self._sql("read_entries_of_account"), {"account_id": account_id})
        )
        return [Entry.from_row(row) for row in rows if namespace in (None, row["namespace"])]

    # -- ticks

    def last_finished_tick(self, namespace: str) -> TickRecord | None:
        rows = self._transact(
            lambda session: session.run(self._sql("read_last_tick"), {"namespace": namespace})
        )
        return TickRecord.from_row(rows[0]) if rows else None

    def finish_tick(self, record: TickRecord) -> None:
        """Append the tick, once however often it is called."""
        self._transact(lambda session: session.run(self._sql("write_tick"), record.to_row()))

    # -- halts

    def halts(self, at: datetime | None = None) -> list[Halt]:
        """The halts in force at an instant, by default now."""
        rows = self._transact(lambda session: session.run(self._sql("read_halts")))
        latest = {row["halt_id"]: Halt.from_row(row) for row in rows}
        moment = at if at is not None else self._clock()
        return [
            halt
            for halt in latest.values()
            if halt.released_at is None and (halt.until_at is None or halt.until_at > moment)
        ]

    def append_halt(
        self, *, scope: str, who: str, why: str, until_at: datetime | None = None, halt_id: str | None = None
    ) -> str:
        """Stop sends of a scope (`all`, `channel:email`, `destination:slack`, ...); returns the halt's id.

        `halt_id` is given where the halt file holds the same halt.
        """
        halt_id = halt_id or new_halt_id()
        self._write_halt(
            Halt(
                halt_id=halt_id,
                scope=scope,
                recorded_at=self._clock(),
                until_at=until_at,
                who=who,
                why=why,
                released_at=None,
            )
        )
        return halt_id

    def release_halt(self, halt_id: str, *, who: str, why: str) -> None:
        """End a halt. Raises KeyError when there is none of that id in force."""
        standing = {halt.halt_id: halt for halt in self.halts()}[halt_id]
        now = self._clock()
        self._write_halt(replace(standing, recorded_at=now, who=who, why=why, released_at=now))

    def is_unproven_after_rest(self, destination: str, *, rested_by: str) -> bool:
        """Has the destination taken nothing since its last rest ended?"""
        parameters = {"scope": f"destination:{destination}", "who": rested_by, "destination": destination}
        row = self._transact(lambda session: session.run(self._sql("read_rest_and_success"), parameters))[0]
        rests_until, last_sent_at = from_stored(row["rests_until"]), from_stored(row["last_sent_at"])
        if rests_until is None or rests_until > self._clock():
            return False
        return last_sent_at is None or last_sent_at < rests_until

    def release_anomaly(
        self, *, up_to: int, policy_hash: str, lasting: timedelta, who: str, why: str
    ) -> Halt:
        """Let up to so many new slips through although they are unusual, for a time and under this policy.

        A row that was never a stop: it is released as it is written, so `halts` leaves it out. The newest
        one counts, so that `up_to=0` takes an earlier one back; the planning judges it.
        """
        now = self._clock()
        release = Halt(
            halt_id=new_halt_id(),
            scope=ANOMALY,
            recorded_at=now,
            until_at=now + lasting,
            who=who,
            why=why,
            released_at=now,
            up_to=up_to,
            policy_hash=policy_hash,
        )
        self._write_halt(release)
        return release

    def _write_halt(self, halt: Halt) -> None:
        self._transact(lambda session: session.run(self._sql("write_halt"), halt.to_row()))

    # -- below the surface

    def _sql(self, name: str) -> str:
        return statement(name, self._schema)

    def _transact(self, work: Callable[[Session], Result]) -> Result:
        """Run the work in a transaction; again, a little later, when it collided with another one, which did
        nothing. Raises LedgerLocked when it collides each time."""
        if not self._warehouse.exists():
            raise LedgerNotMigrated("there is no warehouse yet: run `milestone-agent init`")
        for wait in _WAITS_AFTER_COLLISIONS:
            try:
                with self._warehouse.transaction() as session:
                    return work(session)
            except CollidedTransaction:
                # By chance, so that two who met do not meet again.
                self._sleep(wait * random.uniform(0.5, 1.0))
        try:
            with self._warehouse.transaction() as session:
                return work(session)
        except CollidedTransaction as collision:
            raise LedgerLocked(
                f"another process writes the ledger at the same time ({collision}); try again"
            ) from collision
