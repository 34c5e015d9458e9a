"""One delivery that is ready to leave: the last look at the clock and the stops, the call, and the entries
that say what came of it.

Nothing is written here but the halt of a destination that refuses everybody. When a call may be made at all
is decided in `delivery`, how an answer becomes a verdict in `conversation`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta

from nudge_senders.asking_again import Answers
from nudge_senders.clock import Clock
from nudge_senders.conversation import send
from nudge_senders.destination import Delivery, Destination
from nudge_senders.fault import FaultPoint
from nudge_senders.halts import is_stopped_outside
from nudge_senders.ledger import Entry, Lease, Ledger
from nudge_senders.outcome import Retryable, Verdict
from nudge_senders.preparing import PreparedDelivery
from nudge_senders.reasons import (
    ATTEMPT_DEADLINE_PASSED,
    DESTINATION_RESTING,
    HALTED,
    LEASE_ENDING,
    PROVIDER_WIDE,
    RECHECK_TOO_OLD,
    REST_AFTER_HOLDING_BACK,
)
from nudge_senders.recording import Result, result_of
from nudge_senders.settings import SenderSettings

#: A lease with less than this left starts no call: longer than any destination's timeout.
_LAST_CALL_BEFORE_LEASE_ENDS = timedelta(seconds=20)
_RESULT_COLUMNS = tuple(column.name for column in fields(Result))


class Caller:
    """Calls destinations for one channel of one tick, and remembers when it did and which of them rest."""

    def __init__(
        self,
        lease: Lease,
        ledger: Ledger,
        settings: SenderSettings,
        clock: Clock,
        fault: FaultPoint,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._lease = lease
        self._ledger = ledger
        self._settings = settings
        self._clock = clock
        self._fault = fault
        self._sleep = sleep
        self._resting: set[str] = set()
        self._last_call_at: dict[str, datetime] = {}

    def is_resting(self, destination: Destination) -> bool:
        """Did it say that it takes nothing from us for now?"""
        return destination.name in self._resting

    def call(self, destination: Destination, each: PreparedDelivery, answers: Answers) -> list[Entry]:
        """The outcomes of one delivery, which is called unless something stops it at the last moment."""
        self._keep_distance(destination)
        if self.is_resting(destination):
            verdict = Verdict(Retryable(DESTINATION_RESTING))
        else:
            verdict = send(
                destination, each.delivery, each.request, lambda: self._stop_now(each.delivery, answers)
            )
            self._last_call_at[destination.name] = self._clock()
        self._fault("after_effect")
        self._rest_if_provider_wide(destination, verdict)
        now = self._clock()
        check_at = each.delivery.deadline_at + destination.settlement.settling_time
        return [
            _followed_by(
                attempting,
                result_of(
                    verdict.of(claim.nudge.nudge_id),
                    nudge_id=claim.nudge.nudge_id,
                    attempt=claim.attempt,
                    now=now,
                    check_at=check_at,
                    # What has an address to ask at is asked.
                    is_repeatable=destination.settlement.is_repeatable and attempting.provider_ref is None,
                ),
                now,
            )
            for claim, attempting in zip(each.claims, each.attempting, strict=True)
        ]

    def _stop_now(self, delivery: Delivery, answers: Answers) -> str | None:
        """Asked on the wall clock just before every request: why it may not leave after all."""
        if is_stopped_outside(self._settings):
            return HALTED
        now = self._clock()
        if now >= delivery.deadline_at:
            return ATTEMPT_DEADLINE_PASSED
        if not answers.is_within(self._settings.recheck_max_age, now):
            return RECHECK_TOO_OLD
        if now >= self._lease.expires_at - _LAST_CALL_BEFORE_LEASE_ENDS:
            return LEASE_ENDING
        return None

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


def _followed_by(attempting: Entry, result: Result, now: datetime) -> Entry:
    """The entry after `attempting`: of the same nudge and try, with what came of it."""
    said = {name: getattr(result, name) for name in _RESULT_COLUMNS}
    return replace(attempting, seq=attempting.seq + 1, recorded_at=now, **said)
