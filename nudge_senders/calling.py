"""One delivery that is ready to leave: the last look at the clock and the stops, the call, and the entries
that say what came of it.

Nothing is written here but the halt of a destination that has to rest (the rule is in `provider_rest`). When
a call may be made at all is decided in `delivery`, how an answer becomes a verdict in `conversation`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta

from nudge_senders.asking_again import Answers
from nudge_senders.clock import Clock
from nudge_senders.conversation import read_ahead, send
from nudge_senders.destination import Delivery, Destination, Request
from nudge_senders.errors import SenderError
from nudge_senders.fault import FaultPoint
from nudge_senders.halts import read_halts_outside
from nudge_senders.ledger import Entry, Lease, Ledger
from nudge_senders.outcome import Outcome, Retryable, Verdict
from nudge_senders.preparing import BuiltDelivery, PreparedDelivery
from nudge_senders.provider_rest import failures_after, is_answer, rest_reason
from nudge_senders.reasons import (
    ATTEMPT_DEADLINE_PASSED,
    DESTINATION_RESTING,
    HALTED,
    LEASE_ENDING,
    PROVIDER_REST,
    RECHECK_TOO_OLD,
)
from nudge_senders.recording import Result, result_of
from nudge_senders.settings import SenderSettings

_log = logging.getLogger("nudge_senders")

#: Who has set the halt of a destination that rests.
RESTED_BY = "nudge_senders"
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
        self._failures: dict[str, int] = {}
        self._proven: set[str] = set()
        #: by destination and the place there
        self._last_call_at: dict[tuple[str, str | None], datetime] = {}

    def is_resting(self, destination: Destination) -> bool:
        """Did it say that it takes nothing from us for now?"""
        return destination.name in self._resting

    def read_ahead(
        self, destination: Destination, built: BuiltDelivery, answers: Answers
    ) -> Request | Verdict:
        """The request that will leave, after the ones that only read; or the verdict, where nothing will."""
        if built.request.has_effect:
            return built.request
        if self.is_resting(destination):
            return Verdict(Retryable(DESTINATION_RESTING))
        delivery = built.delivery
        found = read_ahead(destination, delivery, built.request, lambda: self._stop_now(delivery, answers))
        if isinstance(found, Verdict):
            self._rest_if_failing(destination.name, found.all_nudges)
        return found

    def call(self, destination: Destination, each: PreparedDelivery, answers: Answers) -> list[Entry]:
        """The outcomes of one delivery, which is called unless something stops it at the last moment."""
        place = (destination.name, each.request.address_ref)
        self._keep_distance(place, destination.minimum_interval)
        if self.is_resting(destination):
            verdict = Verdict(Retryable(DESTINATION_RESTING))
        else:
            verdict = send(
                destination, each.delivery, each.request, lambda: self._stop_now(each.delivery, answers)
            )
            self._last_call_at[place] = self._clock()
        self._fault("after_effect")
        self._rest_if_failing(destination.name, verdict.all_nudges)
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
                    has_last_try=claim.has_last_try,
                    is_earlier_try_in_doubt=claim.is_repeat,
                ),
                now,
            )
            for claim, attempting in zip(each.claims, each.attempting, strict=True)
        ]

    def _stop_now(self, delivery: Delivery, answers: Answers) -> str | None:
        """Asked on the wall clock just before every request: why it may not leave after all."""
        now = self._clock()
        halts = read_halts_outside(self._settings, now)
        if any(halts.stops(nudge) for nudge in delivery.nudges):
            return HALTED
        if now >= delivery.deadline_at:
            return ATTEMPT_DEADLINE_PASSED
        if not answers.is_within(self._settings.recheck_max_age, now):
            return RECHECK_TOO_OLD
        if now >= self._lease.expires_at - _LAST_CALL_BEFORE_LEASE_ENDS:
            return LEASE_ENDING
        return None

    def _keep_distance(self, place: tuple[str, str | None], minimum_interval: timedelta) -> None:
        last = self._last_call_at.get(place)
        if last is not None:
            wait = (last + minimum_interval - self._clock()).total_seconds()
            if wait > 0:
                self._sleep(wait)

    def _rest_if_failing(self, name: str, outcome: Outcome) -> None:
        before = self._failures.get(name, 0)
        failures = self._failures[name] = failures_after(before, outcome)
        if is_answer(outcome):
            self._proven.add(name)
        if failures == before:
            return
        why = rest_reason(outcome, failures, is_probe=self._is_probe(name))
        if why is not None:
            self._resting.add(name)
            self._record_rest(name, why)

    def _is_probe(self, name: str) -> bool:
        """Was this the first word from a destination since it rested?"""
        try:
            return name not in self._proven and self._ledger.is_unproven_after_rest(name, rested_by=RESTED_BY)
        except SenderError as error:
            _log.error("the last rest of %s is not known: %s", name, type(error).__name__)
            return False

    def _record_rest(self, name: str, why: str) -> None:
        until_at = self._clock() + PROVIDER_REST
        try:
            self._ledger.append_halt(scope=f"destination:{name}", who=RESTED_BY, why=why, until_at=until_at)
        except SenderError as error:
            # What the call came to is known and has to be written down all the same.
            _log.error("the rest of %s was not recorded: %s", name, type(error).__name__)


def _followed_by(attempting: Entry, result: Result, now: datetime) -> Entry:
    """The entry after `attempting`: of the same nudge and try, with what came of it."""
    said = {name: getattr(result, name) for name in _RESULT_COLUMNS}
    return replace(attempting, seq=attempting.seq + 1, recorded_at=now, **said)
