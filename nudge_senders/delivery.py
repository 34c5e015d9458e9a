"""The way out: claim -> re-check -> render -> commit `attempting` -> call -> outcome, for one channel of one
tick.

The order is the whole point and is kept in one place, `_ChannelRun._deliver_batch`. The ledger is closed
while a destination is called. Nothing that goes wrong with one nudge stops the others; what is wrong with the
ledger, the lease or a halt stops all. What earlier ticks left open is settled by `settlement`, which is
exported from here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from nudge_senders.clock import Clock
from nudge_senders.conversation import send
from nudge_senders.counts import DeliveryCounts
from nudge_senders.destination import Delivery, Destination, NativeKey, StateSet
from nudge_senders.errors import (
    DestinationUnavailable,
    LedgerNotTrusted,
    SenderMisconfigured,
    UnusableQueueRow,
)
from nudge_senders.fault import FaultPoint, no_fault
from nudge_senders.halts import is_stopped_outside, read_halts
from nudge_senders.ledger import Claim, Entry, Lease, Ledger
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Retryable, Verdict
from nudge_senders.preparing import PreparedDelivery, prepare_delivery
from nudge_senders.queue import QueueReader, Recheck, RecheckAnswer
from nudge_senders.reasons import (
    ACTION_UNSUPPORTED,
    ATTEMPT_DEADLINE_PASSED,
    DESTINATION_RESTING,
    DESTINATION_UNAVAILABLE,
    EXPIRED,
    HALTED,
    LEASE_ENDING,
    PROVIDER_WIDE,
    RECHECK_FAILED,
    RECHECK_MISSING,
    RECHECK_TOO_OLD,
    REST_AFTER_HOLDING_BACK,
    kind_after_recheck,
)
from nudge_senders.recording import Result, code, entry_of_claim, result_of
from nudge_senders.registry import Registry
from nudge_senders.settings import SenderSettings
from nudge_senders.settlement import settle
from nudge_senders.vocabulary import Action, Channel, Kind

__all__ = ["DeliveryCounts", "deliver_channel", "settle"]

_log = logging.getLogger("nudge_senders")
#: A lease with less than this left starts no call: longer than any destination's timeout.
_LAST_CALL_BEFORE_LEASE_ENDS = timedelta(seconds=20)


def deliver_channel(
    channel: str,
    *,
    lease: Lease,
    ledger: Ledger,
    queue: QueueReader,
    recheck: Recheck,
    destinations: Registry,
    settings: SenderSettings,
    clock: Clock,
    fault: FaultPoint = no_fault,
    sleep: Callable[[float], None] = time.sleep,
) -> DeliveryCounts:
    """Deliver what this tick has queued for a channel and say by which exit every nudge left.

    Raises LedgerNotTrusted, LeaseLost, LedgerLocked (nothing more is sent; what is open is settled by the
    next tick) and SenderMisconfigured. A halt is no error: everything is `skipped`.
    """
    if lease.namespace != settings.namespace or destinations.is_live != settings.is_live:
        raise SenderMisconfigured(
            f"lease of {lease.namespace}, settings of {settings.namespace} and destinations that are "
            f"{'live' if destinations.is_live else 'shadow'} do not belong together"
        )
    problems = ledger.trust_problems(settings.namespace)
    if problems:
        raise LedgerNotTrusted("; ".join(problems))
    run = _ChannelRun(Channel(channel), lease, ledger, recheck, destinations, settings, clock, fault, sleep)
    return run.deliver(queue.rows(tick_id=lease.tick_id, namespace=lease.namespace, channel=channel))


class _ChannelRun:
    """One call of `deliver_channel`."""

    def __init__(
        self,
        channel: Channel,
        lease: Lease,
        ledger: Ledger,
        recheck: Recheck,
        registry: Registry,
        settings: SenderSettings,
        clock: Clock,
        fault: FaultPoint,
        sleep: Callable[[float], None],
    ) -> None:
        self._channel = channel
        self._lease = lease
        self._ledger = ledger
        self._recheck = recheck
        self._registry = registry
        self._settings = settings
        self._clock = clock
        self._fault = fault
        self._sleep = sleep
        self._counts = DeliveryCounts()
        self._resting: set[str] = set()
        self._last_call_at: dict[str, datetime] = {}
        self._hash_key: bytes | None = None
        self._closings: list[Entry] = []

    def deliver(self, rows: Sequence[Mapping[str, Any]]) -> DeliveryCounts:
        self._counts = self._counts.plus("queued", len(rows))
        by_destination: dict[str, list[Nudge]] = {}
        for nudge in self._usable(rows):
            by_destination.setdefault(self._registry.actual_name(nudge.destination), []).append(nudge)
        for name, nudges in by_destination.items():
            try:
                destination = self._registry.find(name)
            except DestinationUnavailable as error:
                _log.error("%s", error)
                self._close_unsent(nudges, name, DESTINATION_UNAVAILABLE)
                continue
            able = [nudge for nudge in nudges if _is_able(destination, nudge)]
            self._close_unsent(
                [nudge for nudge in nudges if not _is_able(destination, nudge)], name, ACTION_UNSUPPORTED
            )
            for batch in self._batches(destination, able):
                self._deliver_batch(destination, batch)
        return self._counts

    # -- what is there to do

    def _usable(self, rows: Iterable[Mapping[str, Any]]) -> list[Nudge]:
        """Nudges of this very tick, each once; everything else is skipped."""
        nudges: dict[tuple[str, str], Nudge] = {}
        for row in rows:
            try:
                nudge = Nudge.from_row(row)
            except UnusableQueueRow as error:
                _log.error("queue row skipped: %s", error)
                continue
            # The reader asks for these three; that a plan of another tick never leaves must not hang on one
            # query.
            is_own = (nudge.tick_id, nudge.namespace) == (self._lease.tick_id, self._lease.namespace)
            if is_own and nudge.channel is self._channel:
                nudges.setdefault((nudge.nudge_id, nudge.action), nudge)
        self._counts = self._counts.plus("skipped", self._counts.queued - len(nudges))
        return list(nudges.values())

    def _batches(
        self, destination: Destination, nudges: Sequence[Nudge]
    ) -> Iterator[list[tuple[Nudge, ...]]]:
        """Groups that leave in one call each, as many to a batch as may be in doubt together after a
        crash."""
        batch: list[tuple[Nudge, ...]] = []
        for group in destination.group(self._newest_wanted(destination, nudges)):
            if batch and sum(map(len, batch)) + len(group) > destination.settlement.batch_size:
                yield batch
                batch = []
            batch.append(group)
        if batch:
            yield batch

    def _newest_wanted(self, destination: Destination, nudges: Sequence[Nudge]) -> Sequence[Nudge]:
        """Where a value is set, only the newest one per contact is written; the others wait for a later
        plan."""
        if not isinstance(destination.settlement, StateSet):
            return nudges
        newest: dict[str, Nudge] = {}
        for nudge in nudges:
            key = nudge.contact_id or nudge.nudge_id
            if key not in newest or _age_key(newest[key]) < _age_key(nudge):
                newest[key] = nudge
        self._counts = self._counts.plus("skipped", len(nudges) - len(newest))
        return list(newest.values())

    # -- the order that everything hangs on

    def _deliver_batch(self, destination: Destination, groups: Sequence[tuple[Nudge, ...]]) -> None:
        nudges = self._not_stopped(destination, [nudge for group in groups for nudge in group])
        claims = self._claim(nudges, destination.name, destination)
        if not claims:
            return
        self._fault("after_claim")
        self._fault("before_recheck")
        rechecked_at, answers = self._ask_again(claims)
        allowed: dict[str, Claim] = {}
        for claim in claims:
            result = self._held_back(claim, answers)
            if result is None:
                allowed[claim.nudge.nudge_id] = claim
            else:
                self._close(claim, destination.name, result)
        prepared = self._prepare(destination, groups, allowed)
        self._append_closings()
        if not prepared:
            return
        self._fault("before_attempting")
        self._ledger.append_attempting(self._lease, [entry for each in prepared for entry in each.attempting])
        self._fault("after_attempting")
        outcomes: list[Entry] = []
        try:
            for each in prepared:
                outcomes += self._call(destination, each, rechecked_at)
        finally:
            # Also on the way out of an interrupt: what is known must not become doubt.
            self._fault("before_outcome")
            self._ledger.append_outcomes(self._lease, outcomes)
            self._count(outcomes)
            self._fault("after_outcome")

    def _not_stopped(self, destination: Destination, nudges: Sequence[Nudge]) -> list[Nudge]:
        halts = read_halts(self._ledger, self._settings)
        is_resting = destination.name in self._resting
        going = [
            nudge
            for nudge in nudges
            if not (halts.stops_everything if nudge.action is Action.WITHDRAW else halts.stops(nudge))
            and not is_resting
        ]
        self._counts = self._counts.plus("skipped", len(nudges) - len(going))
        return going

    def _claim(self, nudges: Sequence[Nudge], name: str, destination: Destination | None) -> list[Claim]:
        if not nudges:
            return []
        now = self._clock()
        settlement = destination.settlement if destination is not None else None
        repeat_within = settlement.key_life / 2 if isinstance(settlement, NativeKey) else None

        def entry_of(claim: Claim) -> Entry:
            return entry_of_claim(
                claim,
                Result(kind=Kind.CLAIMED),
                steps_after_claim=0,
                recorded_at=now,
                destination=name,
                deadline_at=claim.nudge.deadline_at,
            )

        claims, refused = self._ledger.claim(self._lease, nudges, entry_of, lambda nudge: repeat_within)
        for nudge_id, reason in refused.items():
            _log.info("nudge %s not claimed: %s", nudge_id, reason)
        self._counts = self._counts.plus("claimed", len(claims)).plus("skipped", len(refused))
        return claims

    def _ask_again(self, claims: Sequence[Claim]) -> tuple[datetime, Mapping[str, RecheckAnswer]]:
        """When the facts were asked for, and the answers. A failing re-check allows nothing."""
        asked_at = self._clock()
        wanted = [claim.nudge.nudge_id for claim in claims if claim.nudge.action is Action.DELIVER]
        try:
            return asked_at, self._recheck(wanted) if wanted else {}
        except Exception as error:
            _log.error("re-check failed with %s", type(error).__name__)
            return asked_at, {nudge_id: RecheckAnswer(False, RECHECK_FAILED) for nudge_id in wanted}

    def _held_back(self, claim: Claim, answers: Mapping[str, RecheckAnswer]) -> Result | None:
        """Why a claimed nudge may not leave, as the outcome of its claim; None when it may."""
        now = self._clock()
        nudge = claim.nudge
        if nudge.deadline_at is not None and now >= nudge.deadline_at:
            return Result(kind=Kind.CANCELLED, reason_code=EXPIRED)
        if nudge.action is Action.WITHDRAW:
            return None
        answer = answers.get(nudge.nudge_id, RecheckAnswer(False, RECHECK_MISSING))
        if answer.is_allowed:
            return None
        reason = code(answer.reason_code) or RECHECK_FAILED
        kind = kind_after_recheck(reason)
        not_before = now + REST_AFTER_HOLDING_BACK if kind is Kind.RETRYABLE else None
        return Result(kind=kind, reason_code=reason, not_before=not_before)

    def _prepare(
        self, destination: Destination, groups: Sequence[tuple[Nudge, ...]], claims: Mapping[str, Claim]
    ) -> list[PreparedDelivery]:
        """What may leave, ready to be called; a group shrinks to the nudges that are left in it."""
        prepared: list[PreparedDelivery] = []
        for group in groups:
            carried = [claims[nudge.nudge_id] for nudge in group if nudge.nudge_id in claims]
            ready, unready = prepare_delivery(
                destination, carried, now=self._clock(), settings=self._settings, hash_key=self._key()
            )
            for claim, result in unready:
                self._close(claim, destination.name, result)
            prepared += [ready] if ready is not None else []
        return prepared

    def _call(self, destination: Destination, each: PreparedDelivery, rechecked_at: datetime) -> list[Entry]:
        """Call the destination for one delivery, unless something stops it at the last moment."""
        self._keep_distance(destination)
        if destination.name in self._resting:
            verdict = Verdict(Retryable(DESTINATION_RESTING))
        else:
            verdict = send(
                destination, each.delivery, each.request, lambda: self._stop_now(each.delivery, rechecked_at)
            )
            self._last_call_at[destination.name] = self._clock()
        self._fault("after_effect")
        self._rest_if_provider_wide(destination, verdict)
        now = self._clock()
        check_at = each.delivery.deadline_at + destination.settlement.settling_time
        return [
            replace(
                attempting,
                seq=attempting.seq + 1,
                recorded_at=now,
                **vars(
                    result_of(
                        verdict.of(claim.nudge.nudge_id),
                        nudge_id=claim.nudge.nudge_id,
                        attempt=claim.attempt,
                        now=now,
                        check_at=check_at,
                    )
                ),
            )
            for claim, attempting in zip(each.claims, each.attempting, strict=True)
        ]

    def _stop_now(self, delivery: Delivery, rechecked_at: datetime) -> str | None:
        """Asked on the wall clock just before every request: why it may not leave after all."""
        if is_stopped_outside(self._settings):
            return HALTED
        now = self._clock()
        if now >= delivery.deadline_at:
            return ATTEMPT_DEADLINE_PASSED
        if not timedelta(0) <= now - rechecked_at <= self._settings.recheck_max_age:
            return RECHECK_TOO_OLD
        if now >= self._lease.expires_at - _LAST_CALL_BEFORE_LEASE_ENDS:
            return LEASE_ENDING
        return None

    # -- small steps

    def _keep_distance(self, destination: Destination) -> None:
        last = self._last_call_at.get(destination.name)
        if last is not None:
            wait = (last + destination.minimum_interval - self._clock()).total_seconds()
            if wait > 0:
                self._sleep(wait)

    def _rest_if_provider_wide(self, destination: Destination, verdict: Verdict) -> None:
        outcome = verdict.all_nudges
        if isinstance(outcome, Retryable) and outcome.reason_code in PROVIDER_WIDE:
            self._resting.add(destination.name)
            self._ledger.append_halt(
                scope=f"destination:{destination.name}",
                who="nudge_senders",
                why=outcome.reason_code,
                until_at=self._clock() + REST_AFTER_HOLDING_BACK,
            )

    def _close_unsent(self, nudges: Sequence[Nudge], name: str, reason_code: str) -> None:
        """Claim nudges and close them at once: no destination can ever take them."""
        halts = read_halts(self._ledger, self._settings) if nudges else None
        going = [nudge for nudge in nudges if halts is not None and not halts.stops(nudge)]
        self._counts = self._counts.plus("skipped", len(nudges) - len(going))
        for claim in self._claim(going, name, None):
            self._close(claim, name, Result(kind=Kind.DEAD, reason_code=reason_code))
        self._append_closings()

    def _close(self, claim: Claim, name: str, result: Result) -> None:
        """Note the outcome of a claim that was never attempted; `_append_closings` writes it."""
        self._closings.append(
            entry_of_claim(claim, result, steps_after_claim=1, recorded_at=self._clock(), destination=name)
        )

    def _append_closings(self) -> None:
        self._ledger.append_outcomes(self._lease, self._closings)
        self._count(self._closings)
        self._closings = []

    def _count(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._counts = self._counts.plus(Kind(entry.kind).value)

    def _key(self) -> bytes:
        if self._hash_key is None:
            self._hash_key = self._settings.hash_key()
        return self._hash_key


def _is_able(destination: Destination, nudge: Nudge) -> bool:
    return nudge.action in destination.actions and nudge.channel in destination.channels


def _age_key(nudge: Nudge) -> tuple[bool, float, str]:
    return (nudge.due_at is not None, nudge.due_at.timestamp() if nudge.due_at else 0.0, nudge.nudge_id)
