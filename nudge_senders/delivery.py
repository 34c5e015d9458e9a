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
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from nudge_senders.clock import Clock
from nudge_senders.conversation import send
from nudge_senders.counts import DeliveryCounts
from nudge_senders.destination import Delivery, Destination, NativeKey, Request, StateSet, make_delivery
from nudge_senders.errors import (
    DestinationUnavailable,
    LedgerNotTrusted,
    SenderMisconfigured,
    TemplateBroken,
    UnusableQueueRow,
)
from nudge_senders.fault import FaultPoint, no_fault
from nudge_senders.halts import is_stopped_outside, read_halts
from nudge_senders.identity import body_hash, recipient_hash
from nudge_senders.ledger import Claim, Entry, Lease, Ledger
from nudge_senders.message import Message
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Retryable, Verdict
from nudge_senders.queue import QueueReader, Recheck, RecheckAnswer
from nudge_senders.reasons import (
    ACTION_UNSUPPORTED,
    ATTEMPT_DEADLINE_PASSED,
    BODY_CHANGED,
    DESTINATION_RESTING,
    DESTINATION_UNAVAILABLE,
    EXPIRED,
    HALTED,
    LEASE_ENDING,
    PROVIDER_WIDE,
    RECHECK_FAILED,
    RECHECK_MISSING,
    RECHECK_TOO_OLD,
    RENDER_FAILED,
    REQUEST_IMPOSSIBLE,
    REST_AFTER_HOLDING_BACK,
    REST_AFTER_RENDER_FAILURE,
    kind_after_recheck,
)
from nudge_senders.recording import Result, code, entry_of_claim, opaque, result_of
from nudge_senders.registry import Registry
from nudge_senders.rendering import render
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


@dataclass(frozen=True)
class _Prepared:
    """A delivery ready to leave, with the claims that it carries and their `attempting` entries."""

    delivery: Delivery
    request: Request
    claims: tuple[Claim, ...]
    attempting: tuple[Entry, ...]


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
            able = [
                nudge
                for nudge in nudges
                if nudge.action in destination.actions and nudge.channel in destination.channels
            ]
            self._close_unsent([nudge for nudge in nudges if nudge not in able], name, ACTION_UNSUPPORTED)
            for batch in self._batches(destination, able):
                self._deliver_batch(destination, batch)
        return self._counts

    # -- what is there to do
    # ---------------------------------------------------------------------------------------

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
    # ------------------------------------------------------------------------

    def _deliver_batch(self, destination: Destination, groups: Sequence[tuple[Nudge, ...]]) -> None:
        nudges = self._not_stopped(destination, [nudge for group in groups for nudge in group])
        claims = self._claim(nudges, destination.name, destination)
        if not claims:
            return
        self._fault("after_claim")
        self._fault("before_recheck")
        rechecked_at, answers = self._ask_again(claims)
        allowed = [claim for claim in claims if not self._hold_back(claim, answers, destination.name)]
        prepared = self._prepare(destination, groups, {claim.nudge.nudge_id: claim for claim in allowed})
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
            for entry in outcomes:
                self._count(entry)
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

    def _hold_back(self, claim: Claim, answers: Mapping[str, RecheckAnswer], name: str) -> bool:
        """Close a claim whose nudge may not leave; True when it was closed."""
        now = self._clock()
        nudge = claim.nudge
        if nudge.deadline_at is not None and now >= nudge.deadline_at:
            return self._close(claim, name, Result(kind=Kind.CANCELLED, reason_code=EXPIRED))
        if nudge.action is Action.WITHDRAW:
            return False
        answer = answers.get(nudge.nudge_id, RecheckAnswer(False, RECHECK_MISSING))
        if answer.is_allowed:
            return False
        reason = code(answer.reason_code) or RECHECK_FAILED
        kind = kind_after_recheck(reason)
        not_before = now + REST_AFTER_HOLDING_BACK if kind is Kind.RETRYABLE else None
        return self._close(claim, name, Result(kind=kind, reason_code=reason, not_before=not_before))

    def _prepare(
        self, destination: Destination, groups: Sequence[tuple[Nudge, ...]], claims: Mapping[str, Claim]
    ) -> list[_Prepared]:
        """Render and build the requests of what may leave; whatever cannot be built is closed without a
        call."""
        prepared: list[_Prepared] = []
        for group in groups:
            messages: dict[str, Message] = {}
            carried: list[Claim] = []
            for nudge in group:
                claim = claims.get(nudge.nudge_id)
                if claim is None:
                    continue
                if nudge.action is Action.DELIVER:
                    try:
                        messages[nudge.nudge_id] = render(nudge)
                    except TemplateBroken as error:
                        _log.error("nudge %s not rendered: %s", nudge.nudge_id, error)
                        again_at = self._clock() + REST_AFTER_RENDER_FAILURE
                        self._close(
                            claim,
                            destination.name,
                            Result(kind=Kind.RETRYABLE, reason_code=RENDER_FAILED, not_before=again_at),
                        )
                        continue
                carried.append(claim)
            if carried:
                prepared += self._prepare_delivery(destination, tuple(carried), messages)
        return prepared

    def _prepare_delivery(
        self, destination: Destination, claims: tuple[Claim, ...], messages: Mapping[str, Message]
    ) -> list[_Prepared]:
        now = self._clock()
        deadlines = [now + self._settings.attempt_deadline]
        deadlines += [claim.nudge.deadline_at for claim in claims if claim.nudge.deadline_at is not None]
        delivery = make_delivery(
            [claim.nudge for claim in claims],
            messages,
            attempt=claims[0].attempt,
            first_attempted_at=claims[0].first_attempted_at or now,
            deadline_at=min(deadlines),
            provider_ref=claims[0].provider_ref,
        )
        try:
            request = destination.build_request(delivery)
        except UnusableQueueRow as error:
            _log.error("delivery %s cannot be built: %s", delivery.delivery_id, error)
            for claim in claims:
                self._close(claim, destination.name, Result(kind=Kind.DEAD, reason_code=REQUEST_IMPOSSIBLE))
            return []
        hashed = body_hash(request.operation, request.payload)
        if any(claim.is_repeat and claim.body_hash != hashed for claim in claims):
            # The provider would see one key with two bodies, or the customer a text that nobody attempted.
            for claim in claims:
                self._close(claim, destination.name, Result(kind=Kind.NEEDS_REVIEW, reason_code=BODY_CHANGED))
            return []
        attempting = tuple(
            entry_of_claim(
                claim,
                Result(kind=Kind.ATTEMPTING, provider_ref=opaque(request.address_ref)),
                steps_after_claim=1,
                recorded_at=now,
                destination=destination.name,
                delivery_id=delivery.delivery_id,
                deadline_at=delivery.deadline_at,
                recipient_hash=recipient_hash(self._key(), claim.nudge.recipient),
                template_hash=messages[claim.nudge.nudge_id].template_hash if messages else None,
                body_hash=hashed,
            )
            for claim in claims
        )
        return [_Prepared(delivery, request, claims, attempting)]

    def _call(self, destination: Destination, each: _Prepared, rechecked_at: datetime) -> list[Entry]:
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
    # -----------------------------------------------------------------------------------------------

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

    def _close(self, claim: Claim, name: str, result: Result) -> bool:
        """Append the outcome of a claim that was never attempted."""
        entry = entry_of_claim(
            claim, result, steps_after_claim=1, recorded_at=self._clock(), destination=name
        )
        self._ledger.append_outcomes(self._lease, [entry])
        self._count(entry)
        return True

    def _count(self, entry: Entry) -> None:
        self._counts = self._counts.plus(Kind(entry.kind).value)

    def _key(self) -> bytes:
        if self._hash_key is None:
            self._hash_key = self._settings.hash_key()
        return self._hash_key


def _age_key(nudge: Nudge) -> tuple[bool, float, str]:
    return (nudge.due_at is not None, nudge.due_at.timestamp() if nudge.due_at else 0.0, nudge.nudge_id)
