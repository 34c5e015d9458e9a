"""The re-check of claimed nudges on fresh facts: the answers, how old they are, and what becomes of a claim
whose nudge may not leave.

The facts themselves are judged in dbt (`queue` reads them); nothing is written here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nudge_senders.clock import Clock
from nudge_senders.ledger import Claim
from nudge_senders.queue import Recheck, RecheckAnswer
from nudge_senders.reasons import (
    EXPIRED,
    RECHECK_FAILED,
    RECHECK_MISSING,
    REST_AFTER_HOLDING_BACK,
    kind_after_recheck,
)
from nudge_senders.recording import Result, code
from nudge_senders.vocabulary import Action, Kind

_log = logging.getLogger("nudge_senders")


@dataclass(frozen=True)
class Answers:
    """What the re-check said. `asked_at` is the instant before the question, as facts are no younger."""

    asked_at: datetime
    by_nudge: Mapping[str, RecheckAnswer]

    def is_within(self, age: timedelta, now: datetime) -> bool:
        return timedelta(0) <= now - self.asked_at <= age


def ask_again(recheck: Recheck, claims: Sequence[Claim], clock: Clock) -> Answers:
    """The answers for these claims. A re-check that fails allows nothing; a withdrawal needs none."""
    asked_at = clock()
    wanted = [claim.nudge.nudge_id for claim in claims if claim.nudge.action is Action.DELIVER]
    try:
        return Answers(asked_at, recheck(wanted) if wanted else {})
    except Exception as error:
        _log.error("re-check failed with %s", type(error).__name__)
        return Answers(asked_at, {nudge_id: RecheckAnswer(False, RECHECK_FAILED) for nudge_id in wanted})


def held_back(claim: Claim, answers: Answers, now: datetime) -> Result | None:
    """Why a claimed nudge may not leave, as the outcome of its claim; None when it may."""
    nudge = claim.nudge
    if nudge.deadline_at is not None and now >= nudge.deadline_at:
        return Result(kind=Kind.CANCELLED, reason_code=EXPIRED)
    if nudge.action is Action.WITHDRAW:
        return None
    answer = answers.by_nudge.get(nudge.nudge_id, RecheckAnswer(False, RECHECK_MISSING))
    if answer.is_allowed:
        return None
    reason = code(answer.reason_code) or RECHECK_FAILED
    kind = kind_after_recheck(reason)
    not_before = now + REST_AFTER_HOLDING_BACK if kind is Kind.RETRYABLE else None
    return Result(kind=kind, reason_code=reason, not_before=not_before)
