"""The way out: claim -> re-check -> render -> read ahead -> commit `attempting` -> call -> outcome, for one
channel of one tick.

The order is the whole point and is kept in one place, `_ChannelRun._deliver_round`. Many nudges are claimed
and asked about at once, as a re-check costs the same for one and for many; they leave in batches of as many
as may be in doubt together, and are asked about again before the answers could grow too old. The ledger is
closed while a destination is called. Nothing that goes wrong with one nudge stops the others; what is wrong
with the ledger, the lease or a halt stops all.

What makes a round or a batch is said in `batching`, what may leave in `asking_again`, how one delivery goes
in `calling`. What earlier ticks left open is settled by `settlement`, which is exported from here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nudge_senders.asking_again import Answers, ask_again, held_back
from nudge_senders.batching import ClaimedGroup, Group, batches, newest_wanted, rounds, usable_nudges
from nudge_senders.calling import Caller
from nudge_senders.clock import Clock
from nudge_senders.counts import DeliveryCounts
from nudge_senders.destination import Destination, NativeKey, Request
from nudge_senders.errors import DestinationUnavailable, LedgerNotTrusted, SenderMisconfigured
from nudge_senders.fault import FaultPoint, no_fault
from nudge_senders.halts import StandingHalts, read_halts
from nudge_senders.ledger import Claim, Entry, Lease, Ledger
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Retryable
from nudge_senders.preparing import PreparedDelivery, Unready, build_delivery, prepare_attempt
from nudge_senders.queue import QueueReader, Recheck
from nudge_senders.reasons import ACTION_UNSUPPORTED, DESTINATION_RESTING, DESTINATION_UNAVAILABLE, HALTED
from nudge_senders.recording import Result, code, entry_of_claim, result_of
from nudge_senders.registry import Registry
from nudge_senders.settings import SenderSettings
from nudge_senders.settlement import settle
from nudge_senders.vocabulary import Channel, Kind

__all__ = ["DeliveryCounts", "deliver_channel", "settle"]

_log = logging.getLogger("nudge_senders")


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
    caller = Caller(lease, ledger, settings, clock, fault, sleep)
    run = _ChannelRun(Channel(channel), lease, ledger, recheck, destinations, settings, clock, fault, caller)
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
        caller: Caller,
    ) -> None:
        self._channel = channel
        self._lease = lease
        self._ledger = ledger
        self._recheck = recheck
        self._registry = registry
        self._settings = settings
        self._clock = clock
        self._fault = fault
        self._caller = caller
        self._counts = DeliveryCounts()
        self._hash_key: bytes | None = None
        self._closings: list[Entry] = []

    def deliver(self, rows: Sequence[Mapping[str, Any]]) -> DeliveryCounts:
        nudges = usable_nudges(rows, self._lease, self._channel)
        self._counts = self._counts.plus("queued", len(rows)).plus("skipped", len(rows) - len(nudges))
        by_destination: dict[str, list[Nudge]] = {}
        for nudge in nudges:
            by_destination.setdefault(self._registry.actual_name(nudge.destination), []).append(nudge)
        for name, queued in by_destination.items():
            try:
                destination = self._registry.find(name)
            except DestinationUnavailable as error:
                _log.error("%s", error)
                self._close_unsent(queued, name, DESTINATION_UNAVAILABLE)
                continue
            self._deliver_to(destination, queued)
        return self._counts

    def _deliver_to(self, destination: Destination, nudges: Sequence[Nudge]) -> None:
        able = [nudge for nudge in nudges if _is_able(destination, nudge)]
        unable = [nudge for nudge in nudges if not _is_able(destination, nudge)]
        self._close_unsent(unable, destination.name, ACTION_UNSUPPORTED)
        wanted = newest_wanted(destination, able)
        self._counts = self._counts.plus("skipped", len(able) - len(wanted))
        for groups in rounds(destination.group(wanted)):
            self._deliver_round(destination, groups)

    # -- the order that everything hangs on

    def _deliver_round(self, destination: Destination, groups: Sequence[Group]) -> None:
        halts = read_halts(self._ledger, self._settings)
        claimed = self._claim_groups(destination, groups, halts)
        if not claimed:
            return
        self._fault("after_claim")
        waiting = list(batches(destination, claimed, within=self._settings.attempt_deadline))
        # What begins within this age of the answers cannot outlive them: its deadline comes first.
        usable_for = self._settings.recheck_max_age - self._settings.attempt_deadline
        answers = self._ask_again(waiting)
        while waiting:
            left = self._deliver_batch(destination, waiting.pop(0), answers, halts)
            waiting = [list(left), *waiting] if left else waiting
            if not waiting:
                break
            if not answers.is_within(usable_for, self._clock()):
                answers = self._ask_again(waiting)
            halts = read_halts(self._ledger, self._settings)

    def _ask_again(self, waiting: Iterable[Iterable[ClaimedGroup]]) -> Answers:
        self._fault("before_recheck")
        claims = [claim for batch in waiting for group in batch for claim in group]
        return ask_again(self._recheck, claims, self._clock)

    def _deliver_batch(
        self,
        destination: Destination,
        batch: Sequence[ClaimedGroup],
        answers: Answers,
        halts: StandingHalts,
    ) -> Sequence[ClaimedGroup]:
        """Deliver the batch, or as much of it as can be read ahead in time, and return what is left of it."""
        prepared, left = self._prepare(destination, batch, answers, halts)
        self._append_closings()
        if not prepared:
            return left
        self._fault("before_attempting")
        self._ledger.append_attempting(self._lease, [entry for each in prepared for entry in each.attempting])
        self._fault("after_attempting")
        outcomes: list[Entry] = []
        try:
            for each in prepared:
                outcomes += self._caller.call(destination, each, answers)
        finally:
            # Also on the way out of an interrupt: what is known must not become doubt.
            self._fault("before_outcome")
            self._ledger.append_outcomes(self._lease, outcomes)
            self._count(outcomes)
            self._fault("after_outcome")
        return left

    # -- small steps

    def _claim_groups(
        self, destination: Destination, groups: Sequence[Group], halts: StandingHalts
    ) -> list[ClaimedGroup]:
        """The groups, each shrunk to what nothing stops and the ledger lets us take; empty ones left out."""
        nudges = [nudge for group in groups for nudge in group]
        going = [nudge for nudge in nudges if self._stop_of(destination, nudge, halts) is None]
        self._counts = self._counts.plus("skipped", len(nudges) - len(going))
        claims = {
            (claim.nudge.nudge_id, claim.nudge.action): claim
            for claim in self._claim(going, destination.name, destination)
        }
        keys = ([(nudge.nudge_id, nudge.action) for nudge in group] for group in groups)
        claimed = (tuple(claims[key] for key in group if key in claims) for group in keys)
        return [group for group in claimed if group]

    def _stop_of(self, destination: Destination, nudge: Nudge, halts: StandingHalts) -> str | None:
        """What stops this nudge now: a halt, or a destination that takes nothing; None to go on."""
        if self._caller.is_resting(destination):
            return DESTINATION_RESTING
        return HALTED if halts.stops(nudge) else None

    def _allowed(
        self, destination: Destination, group: ClaimedGroup, answers: Answers, halts: StandingHalts
    ) -> list[Claim]:
        """The claims of a group that may leave now; the others are closed."""
        allowed: list[Claim] = []
        for claim in group:
            now, nudge = self._clock(), claim.nudge
            stop = self._stop_of(destination, nudge, halts)
            result = held_back(claim, answers, now)
            if stop is not None:
                result = result_of(Retryable(stop), nudge_id=nudge.nudge_id, attempt=claim.attempt, now=now)
            if result is None:
                allowed.append(claim)
            else:
                self._close(claim, destination.name, result)
        return allowed

    def _claim(self, nudges: Sequence[Nudge], name: str, destination: Destination | None) -> list[Claim]:
        if not nudges:
            return []
        now = self._clock()
        settlement = destination.settlement if destination is not None else None
        repeat_within = settlement.key_life / 2 if isinstance(settlement, NativeKey) else None

        def entry_of(claim: Claim) -> Entry:
            return entry_of_claim(
                claim,
                # Of a withdrawal, the ledger says from its first entry on why it was begun.
                Result(kind=Kind.CLAIMED, reason_code=code(claim.nudge.withdraw_reason_code)),
                steps_after_claim=0,
                recorded_at=now,
                destination=name,
                deadline_at=claim.nudge.deadline_at,
            )

        claims, refused = self._ledger.claim(
            self._lease, nudges, entry_of, destination=name, repeat_within=repeat_within
        )
        for nudge_id, reason in refused.items():
            _log.info("nudge %s not claimed: %s", nudge_id, reason)
        # Counted by difference: of one nudge both actions may be refused, under one id.
        self._counts = self._counts.plus("claimed", len(claims)).plus("skipped", len(nudges) - len(claims))
        return claims

    def _prepare(
        self, destination: Destination, batch: Sequence[ClaimedGroup], answers: Answers, halts: StandingHalts
    ) -> tuple[list[PreparedDelivery], Sequence[ClaimedGroup]]:
        """What may leave, ready to be called as whatever only reads is behind it, and what is left.

        A slow provider takes as long to read from as to call: what is read first must still be called before
        its deadline, so that reading stops after a third of it.
        """
        prepared: list[PreparedDelivery] = []
        began_at = self._clock()
        for position, group in enumerate(batch):
            if position and self._clock() - began_at > self._settings.attempt_deadline / 3:
                return prepared, batch[position:]
            carried = self._allowed(destination, group, answers, halts)
            ready, unready = self._prepare_one(destination, carried, answers)
            for claim, result in unready:
                self._close(claim, destination.name, result)
            prepared += [ready] if ready is not None else []
        return prepared, []

    def _prepare_one(
        self, destination: Destination, carried: Sequence[Claim], answers: Answers
    ) -> tuple[PreparedDelivery | None, Unready]:
        built, unready = build_delivery(destination, carried, now=self._clock(), settings=self._settings)
        if built is None:
            return None, unready
        found = self._caller.read_ahead(destination, built, answers)
        if isinstance(found, Request):
            ready, more = prepare_attempt(built, found, destination=destination, hash_key=self._key())
            return ready, unready + more
        now = self._clock()
        for claim in built.claims:
            nudge_id = claim.nudge.nudge_id
            outcome = found.of(nudge_id)
            result = result_of(
                outcome, nudge_id=nudge_id, attempt=claim.attempt, now=now, has_last_try=claim.has_last_try
            )
            unready.append((claim, result))
        return None, unready

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
        self._counts = self._counts.with_entries((entry.kind, entry.action) for entry in entries)

    def _key(self) -> bytes:
        if self._hash_key is None:
            self._hash_key = self._settings.hash_key()
        return self._hash_key


def _is_able(destination: Destination, nudge: Nudge) -> bool:
    return nudge.action in destination.actions and nudge.channel in destination.channels
