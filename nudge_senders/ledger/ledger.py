"""The ledger: the lease, claims, outcomes and namespaces, each in a transaction of its own.

Every method opens the warehouse late and closes it before it returns; none calls a destination. Rules that
need no database are in `claims`, the state of a nudge is derived by the view in `schema.sql`, and this file
only keeps the order: nothing is claimed or attempted without the lease, nothing is appended twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from nudge_senders.clock import Clock, to_stored
from nudge_senders.errors import (
    LeaseHeld,
    LeaseLost,
    LedgerNotMigrated,
    NotInDoubt,
)
from nudge_senders.fault import FaultPoint, no_fault
from nudge_senders.identity import entry_id
from nudge_senders.ledger import reading
from nudge_senders.ledger.append import append_entries
from nudge_senders.ledger.backends import warehouse_of
from nudge_senders.ledger.claims import Claim, claim_or_reason
from nudge_senders.ledger.entry import Entry, Lease, LeaseRow, NudgeState
from nudge_senders.ledger.holder import is_certainly_dead, new_holder
from nudge_senders.ledger.memory import Memory, remember
from nudge_senders.ledger.records import LedgerRecords
from nudge_senders.ledger.statements import schema_statements
from nudge_senders.ledger.trust import problems_of
from nudge_senders.ledger.warehouse import Session
from nudge_senders.nudge import Nudge
from nudge_senders.reasons import LATE_OUTCOME
from nudge_senders.vocabulary import IN_DOUBT, Action, Kind

SCHEMA_VERSION = 4
_TABLES_AND_VIEW = 6
#: Outcomes that would make a nudge sendable or final; of a superseded tick they are only hearsay.
_FREEING = frozenset({Kind.RETRYABLE, Kind.DEAD, Kind.SUPPRESSED, Kind.CANCELLED})


def open_ledger(
    duckdb_path: Path,
    *,
    schema: str = "nudges",
    clock: Clock,
    fault: FaultPoint = no_fault,
    patience_seconds: float = 60.0,
    target: str = "duckdb",
    environ: Mapping[str, str] | None = None,
) -> Ledger:
    """The ledger of this target: in the DuckDB file, or in the cloud warehouse that `environ` names. Opens
    nothing yet; waits so long for another process's lock on the file.

    What is remembered outside of the warehouse lies in the file's folder on every target. Raises
    SenderMisconfigured for an unknown target, a missing extra or a missing variable.
    """
    warehouse = warehouse_of(
        target,
        duckdb_path=duckdb_path,
        patience_seconds=patience_seconds,
        schema=schema,
        environ=environ or {},
    )
    return Ledger(warehouse, home=duckdb_path.parent, schema=schema, clock=clock, fault=fault)


class Ledger(LedgerRecords):
    """See the module's docstring. Ticks, halts and plain reading are inherited from `records`."""

    # -- migrations

    def migrate(self) -> None:
        """Make the tables, the view and the two single rows; does nothing where they are. Idempotent.

        Raises LedgerNotMigrated for a ledger of a newer version: its view must not become an older one.
        """
        version = self.version()
        if version is not None and version > SCHEMA_VERSION:
            raise LedgerNotMigrated(
                f"the ledger has version {version} and this program knows {SCHEMA_VERSION}: upgrade it"
            )
        self._warehouse.run_definitions(list(schema_statements(self._schema)))

        def write_single_rows(session: Session) -> None:
            now = to_stored(self._clock())
            meta = {"ledger_id": uuid.uuid4().hex, "schema_version": SCHEMA_VERSION, "created_at": now}
            session.run(self._sql("write_meta"), meta)
            session.run(self._sql("raise_version"), {"schema_version": SCHEMA_VERSION})
            session.run(self._sql("write_first_lease"), {"now": now})

        self._transact(write_single_rows)

    def is_migrated(self) -> bool:
        """Is there a ledger of this version? Makes nothing, not even the file."""
        return self.version() == SCHEMA_VERSION

    def version(self) -> int | None:
        """Of the ledger that is there; None where there is none, or no whole one."""
        if not self._warehouse.exists():
            return None

        def look(session: Session) -> int | None:
            found = session.run(self._sql("is_present"), {"schema_name": self._schema})
            if found[0]["number_of_tables"] < _TABLES_AND_VIEW:
                return None
            meta = session.run(self._sql("read_meta"))
            return int(meta[0]["schema_version"]) if len(meta) == 1 else None

        return self._transact(look)

    def ledger_id(self) -> str:
        return self._transact(lambda session: reading.ledger_id(session, self._schema))

    # -- the lease

    def acquire_lease(
        self, *, namespace: str, tick_id: str, tick_at: datetime, time_to_live: timedelta
    ) -> Lease:
        """Become the one tick that runs, or LeaseHeld. A holder of this host whose process is gone does not
        count."""
        self._fault("before_lease")

        def take(session: Session) -> Lease:
            now = self._clock()
            current = self._read_lease(session)
            if current.is_held(now) and not is_certainly_dead(current.holder):
                raise LeaseHeld(
                    f"tick {current.tick_id} in {current.namespace} holds the lease "
                    f"until {current.expires_at:%H:%M:%S} UTC ({current.holder})"
                )
            lease = Lease(
                namespace=namespace,
                tick_id=tick_id,
                tick_at=tick_at,
                fence=current.fence + 1,
                holder=new_holder(),
                acquired_at=now,
                expires_at=now + time_to_live,
            )
            changed = session.changed_rows(
                self._sql("take_lease"),
                {
                    "holder": lease.holder,
                    "tick_id": tick_id,
                    "tick_at": to_stored(tick_at),
                    "namespace": namespace,
                    "expires_at": to_stored(lease.expires_at),
                    "seen_fence": current.fence,
                    "seen_holder": current.holder,
                },
            )
            if changed != 1:
                raise LeaseHeld("another tick took the lease at the same moment")
            return lease

        lease = self._transact(take)
        self._fault("after_lease")
        return lease

    def renew_lease(self, lease: Lease, *, time_to_live: timedelta) -> Lease:
        """The same lease with more time, from now on; LeaseLost when it ran out or went to somebody else."""
        now = self._clock()
        renewed = replace(lease, expires_at=now + time_to_live)

        def prolong(session: Session) -> None:
            parameters = {**self._whose(lease, now), "expires_at": to_stored(renewed.expires_at)}
            if session.changed_rows(self._sql("prolong_lease"), parameters) != 1:
                raise LeaseLost(f"the lease of tick {lease.tick_id} is over or taken")

        self._transact(prolong)
        return renewed

    def release_lease(self, lease: Lease) -> None:
        """Give the lease back, and remember how much the ledger holds. No error when it is no longer ours."""
        self._fault("before_release")

        def free(session: Session) -> Memory | None:
            session.run(self._sql("free_lease"), self._whose(lease, self._clock()))
            # A ledger that is not trusted must not become the remembered one by being looked at.
            is_trusted = not self._problems(session, lease.namespace)
            return reading.memory(session, self._schema, lease.namespace) if is_trusted else None

        seen = self._transact(free)
        self._fault("during_release")
        if seen is not None:
            remember(self._home, lease.namespace, seen)

    def lease(self) -> LeaseRow | None:
        """The lease as it stands; None before migrate()."""
        return self._transact(self._read_lease) if self.is_migrated() else None

    # -- claims and outcomes

    def claim(
        self,
        lease: Lease,
        nudges: Sequence[Nudge],
        entry_of: Callable[[Claim], Entry],
        *,
        destination: str,
        repeat_within: timedelta | None,
    ) -> tuple[list[Claim], Mapping[str, str]]:
        """Take those of the nudges that may be taken now: (claims, nudge_id -> why not). LeaseLost if not
        ours.

        `entry_of` makes the `claimed` entry (its ids are filled in here), `repeat_within` says for how long
        the own key of the destination that they all go to allows a repeat.
        """
        now = self._clock()

        def take(session: Session) -> tuple[list[Claim], dict[str, str]]:
            self._touch(session, lease, now)
            states = reading.states_of(
                session, self._schema, lease.namespace, [nudge.nudge_id for nudge in nudges]
            )
            claims: list[Claim] = []
            refused: dict[str, str] = {}
            for nudge in nudges:
                answer = claim_or_reason(
                    nudge,
                    states.get((nudge.nudge_id, nudge.action)),
                    now=now,
                    fence=lease.fence,
                    destination=destination,
                    repeat_within=repeat_within,
                )
                if isinstance(answer, str):
                    refused[nudge.nudge_id] = answer
                else:
                    claims.append(_knowing_the_delivery(answer, states))
            self._append(session, [entry_of(claim) for claim in claims])
            return claims, refused

        return self._transact(take)

    def append_attempting(self, lease: Lease, entries: Sequence[Entry]) -> None:
        """Commit `attempting`: when this returns, and not before, bytes may leave. LeaseLost if not ours."""
        now = self._clock()

        def write(session: Session) -> None:
            self._touch(session, lease, now)
            self._append(session, entries)

        self._transact(write)

    def append_outcomes(self, lease: Lease, entries: Sequence[Entry]) -> bool:
        """Append what came of claims; True when it counted.

        After somebody took the lease over, an outcome is still appended, but one that would make its nudge
        sendable or final is written as `uncertain` (the outcome's name in provider_status): it frees nothing.
        """
        if not entries:
            return True

        def write(session: Session) -> bool:
            is_current = (
                session.changed_rows(self._sql("touch_own_fence"), self._whose(lease, self._clock())) == 1
            )
            self._append(
                session, list(entries) if is_current else [self._as_hearsay(entry) for entry in entries]
            )
            return is_current

        return self._transact(write)

    def append_resolution(
        self,
        lease: Lease,
        nudge_id: str,
        action: Action,
        entry_of: Callable[[NudgeState], Entry],
        *,
        who: str,
        why: str,
    ) -> None:
        """Append a person's answer about a nudge in doubt. LeaseLost if not ours, NotInDoubt where there is
        nothing to answer."""
        now = self._clock()

        def write(session: Session) -> None:
            self._touch(session, lease, now)
            states = reading.states_of(session, self._schema, lease.namespace, [nudge_id])
            state = states.get((nudge_id, action))
            if state is None or state.state not in IN_DOUBT:
                found = "unknown" if state is None else state.state
                raise NotInDoubt(
                    f"to {action} {nudge_id} is {found} in {lease.namespace} and not in doubt: "
                    "`milestone-agent ledger review` lists what is"
                )
            answer = _identified(entry_of(state), reading.ledger_id(session, self._schema))
            append_entries(session, self._schema, [answer])
            columns = ("entry_id", "namespace", "nudge_id", "action", "kind", "recorded_at")
            told = {name: value for name, value in answer.to_row().items() if name in columns}
            session.run(self._sql("write_resolution"), {**told, "who": who, "why": why})

        self._transact(write)

    def doubtful(self, lease: Lease) -> list[NudgeState]:
        """Nudges in doubt or claimed by ticks before this one."""
        return self._transact(
            lambda session: reading.doubtful(session, self._schema, lease.namespace, lease.fence)
        )

    @staticmethod
    def _as_hearsay(entry: Entry) -> Entry:
        if entry.kind not in _FREEING:
            return entry
        return replace(
            entry, kind=Kind.UNCERTAIN, provider_status=entry.kind, reason_code=LATE_OUTCOME, not_before=None
        )

    # -- namespaces

    def open_namespace(self, namespace: str, *, who: str) -> None:
        """Append `opened` unless it is there, and take this ledger as the one to be trusted from now on.

        `who` is for the caller's record; the ledger holds no names.
        """
        if not who.strip():
            raise ValueError("a namespace is opened by somebody")

        def write(session: Session) -> Memory:
            if reading.opened_at(session, self._schema, namespace) is None:
                entry = Entry(
                    entry_id="",
                    ledger_id="",
                    namespace=namespace,
                    kind=Kind.OPENED,
                    fence=0,
                    seq=0,
                    recorded_at=self._clock(),
                )
                self._append(session, [entry])
            return reading.memory(session, self._schema, namespace)

        remember(self._home, namespace, self._transact(write))

    def opened_at(self, namespace: str) -> datetime | None:
        return self._transact(lambda session: reading.opened_at(session, self._schema, namespace))

    def is_open(self, namespace: str) -> bool:
        return self.opened_at(namespace) is not None

    def trust_problems(self, namespace: str) -> list[str]:
        """Why nothing may be sent from this ledger, in sentences; empty when it may."""
        return self._transact(lambda session: self._problems(session, namespace))

    def _problems(self, session: Session, namespace: str) -> list[str]:
        words = {"kinds_in": list(Kind), "actions_in": list(Action)}
        return problems_of(
            namespace=namespace,
            home=self._home,
            seen=reading.memory(session, self._schema, namespace),
            opened_at=reading.opened_at(session, self._schema, namespace),
            strange=session.run(self._sql("find_strange_entries"), words),
        )

    # -- below the surface

    def _read_lease(self, session: Session) -> LeaseRow:
        rows = session.run(self._sql("read_lease"))
        if len(rows) != 1:
            raise LedgerNotMigrated(
                f"nudge_lease holds {len(rows)} rows instead of one: run `milestone-agent init`"
            )
        return LeaseRow.from_row(rows[0])

    @staticmethod
    def _whose(lease: Lease, now: datetime) -> dict[str, object]:
        return {"fence": lease.fence, "holder": lease.holder, "now": to_stored(now)}

    def _touch(self, session: Session, lease: Lease, now: datetime) -> None:
        if session.changed_rows(self._sql("touch_held_lease"), self._whose(lease, now)) != 1:
            raise LeaseLost(
                f"the lease of tick {lease.tick_id} is over or taken: nothing more leaves in this tick"
            )

    def _append(self, session: Session, entries: Sequence[Entry]) -> None:
        if entries:
            own_id = reading.ledger_id(session, self._schema)
            append_entries(session, self._schema, [_identified(entry, own_id) for entry in entries])


def _knowing_the_delivery(claim: Claim, states: Mapping[tuple[str, str], NudgeState]) -> Claim:
    """A first withdrawal with the provider's receipt of the delivery that it takes back."""
    delivered = states.get((claim.nudge.nudge_id, Action.DELIVER))
    if claim.nudge.action is not Action.WITHDRAW or delivered is None or claim.provider_ref is not None:
        return claim
    return replace(claim, provider_ref=delivered.provider_ref)


def _identified(entry: Entry, ledger_id: str) -> Entry:
    """The entry with its derived id and the ledger's."""
    derived = entry_id(
        ledger_id=ledger_id,
        namespace=entry.namespace,
        nudge_id=entry.nudge_id or "",
        action=entry.action or "",
        kind=entry.kind,
        attempt=entry.attempt or 0,
        fence=entry.fence,
        seq=entry.seq,
    )
    return replace(entry, entry_id=derived, ledger_id=ledger_id)
