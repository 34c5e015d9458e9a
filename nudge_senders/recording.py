"""Turns claims and outcomes into ledger entries: which kind, which times, and nothing that names a person.
Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from nudge_senders.ledger import Claim, Entry, Lease, NudgeState
from nudge_senders.outcome import Dead, NeedsReview, Outcome, Pending, Retryable, Sent, Suppressed, Uncertain
from nudge_senders.reasons import ATTEMPTS_EXHAUSTED, KEY_SPENT, PROVIDER_REST, PROVIDER_WIDE, USES_NO_ATTEMPT
from nudge_senders.retry import LONGEST_WAIT, repeat_not_before, retry_not_before
from nudge_senders.vocabulary import Kind

_CODE = re.compile(r"[A-Za-z0-9_.:/-]{1,80}\Z")
_REFERENCE = re.compile(r"[A-Za-z0-9_.:/=+-]{1,200}\Z")


@dataclass(frozen=True, kw_only=True)
class Result:
    """What an entry says beyond whom it concerns."""

    kind: Kind
    reason_code: str | None = None
    not_before: datetime | None = None
    next_check_at: datetime | None = None
    provider_ref: str | None = None
    provider_status: str | None = None


def result_of(
    outcome: Outcome,
    *,
    nudge_id: str,
    attempt: int,
    now: datetime,
    check_at: datetime | None = None,
    is_repeatable: bool = False,
    has_last_try: bool = True,
    is_earlier_try_in_doubt: bool = False,
) -> Result:
    """The result of an outcome of the `attempt`-th try. `check_at` is when doubt can first be settled.

    `is_repeatable`: the destination sends once per key, so that what is in doubt may be planned again; its
    `not_before` says from when on, and tells planning that it may.
    `has_last_try`: after so many certain failures it is given up; not so what shows at a customer and has to
    be taken back, nor a repeat, whose earlier attempt may have left.
    `is_earlier_try_in_doubt`: an earlier try under the same key may have left. When that key is then said to
    have sent nothing, neither it nor a new one can tell any more.
    """
    status = code(outcome.provider_status)
    match outcome:
        case Sent(provider_ref=reference):
            return Result(kind=Kind.SENT, provider_ref=opaque(reference), provider_status=status)
        case Pending(provider_ref=reference, check_at=pending_until):
            return Result(
                kind=Kind.UNCERTAIN,
                reason_code="accepted_not_confirmed",
                next_check_at=pending_until,
                provider_ref=opaque(reference),
                provider_status=status,
            )
        case Retryable(provider_ref=reference) if reference is not None and is_earlier_try_in_doubt:
            return Result(
                kind=Kind.NEEDS_REVIEW,
                reason_code=KEY_SPENT,
                provider_ref=opaque(reference),
                provider_status=status,
            )
        case Retryable():
            return _result_of_retryable(outcome, nudge_id, attempt, now, status, has_last_try)
        case Dead(reason_code=reason):
            return Result(kind=Kind.DEAD, reason_code=code(reason), provider_status=status)
        case Suppressed(reason_code=reason):
            return Result(kind=Kind.SUPPRESSED, reason_code=code(reason), provider_status=status)
        case Uncertain(reason_code=reason, provider_ref=reference):
            # With a reference the provider is polled instead.
            may_be_repeated = is_repeatable and reference is None
            return Result(
                kind=Kind.UNCERTAIN,
                reason_code=code(reason),
                not_before=repeat_not_before(nudge_id, attempt, now) if may_be_repeated else None,
                next_check_at=check_at,
                provider_ref=opaque(reference),
                provider_status=status,
            )
        case NeedsReview(reason_code=reason, provider_ref=reference):
            return Result(
                kind=Kind.NEEDS_REVIEW,
                reason_code=code(reason),
                provider_ref=opaque(reference),
                provider_status=status,
            )


def _result_of_retryable(
    outcome: Retryable, nudge_id: str, attempt: int, now: datetime, status: str | None, has_last_try: bool
) -> Result:
    reason = code(outcome.reason_code)
    if outcome.reason_code in USES_NO_ATTEMPT:
        rest = PROVIDER_REST if outcome.reason_code in PROVIDER_WIDE else timedelta(0)
        wanted = outcome.retry_at if outcome.retry_at is not None else now + rest
        return Result(
            kind=Kind.RETRYABLE,
            reason_code=reason,
            not_before=min(max(wanted, now), now + LONGEST_WAIT),
            provider_ref=opaque(outcome.provider_ref),
            provider_status=status,
        )
    not_before = retry_not_before(nudge_id, attempt, now, outcome.retry_at)
    if not_before is None and not has_last_try:
        not_before = now + LONGEST_WAIT
    if not_before is None:
        return Result(kind=Kind.DEAD, reason_code=ATTEMPTS_EXHAUSTED, provider_status=reason)
    return Result(
        kind=Kind.RETRYABLE,
        reason_code=reason,
        not_before=not_before,
        provider_ref=opaque(outcome.provider_ref),
        provider_status=status,
    )


def entry_of_claim(
    claim: Claim,
    result: Result,
    *,
    steps_after_claim: int,
    recorded_at: datetime,
    destination: str,
    delivery_id: str | None = None,
    deadline_at: datetime | None = None,
    recipient_hash: str | None = None,
    template_hash: str | None = None,
    body_hash: str | None = None,
) -> Entry:
    """An entry about a claimed nudge; `steps_after_claim` is 0 for `claimed` itself. Ids are left to the
    ledger."""
    nudge = claim.nudge
    return Entry(
        entry_id="",
        ledger_id="",
        namespace=nudge.namespace,
        nudge_id=nudge.nudge_id,
        delivery_id=delivery_id,
        action=nudge.action,
        kind=result.kind,
        attempt=claim.attempt,
        fence=claim.fence,
        seq=claim.seq + steps_after_claim,
        tick_id=nudge.tick_id,
        recorded_at=recorded_at,
        not_before=result.not_before,
        deadline_at=deadline_at,
        next_check_at=result.next_check_at,
        account_id=nudge.account_id,
        cycle=nudge.cycle,
        milestone_key=nudge.milestone_key,
        tier=nudge.tier,
        channel=nudge.channel,
        destination=destination,
        contact_id=nudge.contact_id,
        recipient_hash=recipient_hash,
        template_key=nudge.template_key,
        variant=nudge.variant,
        template_hash=template_hash,
        policy_hash=nudge.policy_hash,
        body_hash=body_hash,
        provider_ref=result.provider_ref,
        provider_status=result.provider_status,
        reason_code=result.reason_code,
        as_of=nudge.as_of,
    )


def entry_of_state(state: NudgeState, result: Result, *, lease: Lease, recorded_at: datetime) -> Entry:
    """An entry that settles what an earlier tick left open."""
    return Entry(
        entry_id="",
        ledger_id="",
        namespace=state.namespace,
        nudge_id=state.nudge_id,
        delivery_id=state.delivery_id,
        action=state.action,
        kind=result.kind,
        attempt=state.last_attempt,
        fence=lease.fence,
        seq=state.last_seq + 1,
        tick_id=lease.tick_id,
        recorded_at=recorded_at,
        not_before=result.not_before,
        deadline_at=state.deadline_at,
        next_check_at=result.next_check_at,
        account_id=state.account_id,
        cycle=state.cycle,
        milestone_key=state.milestone_key,
        tier=state.tier,
        channel=state.channel,
        destination=state.destination,
        contact_id=state.contact_id,
        template_key=state.template_key,
        variant=state.variant,
        template_hash=state.template_hash,
        policy_hash=state.policy_hash,
        body_hash=state.body_hash,
        provider_ref=result.provider_ref,
        provider_status=result.provider_status,
        reason_code=result.reason_code,
    )


def code(text: str | None) -> str | None:
    """A provider's word as it may stand in the ledger: a code. Prose could hold an address, so it is not
    kept."""
    if text is None or _CODE.match(text):
        return text
    return "not_a_code"


def opaque(reference: str | None) -> str | None:
    """A provider's reference as it may stand in the ledger; one that could be an address is hashed."""
    if reference is None or _REFERENCE.match(reference):
        return reference
    return "sha256:" + hashlib.sha256(reference.encode("utf-8", "replace")).hexdigest()[:32]
