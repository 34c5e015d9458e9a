"""Finding out what became of nudges that a dead tick or a silent provider left open.

Nothing is ever sent from here. A claim without `attempting` is handed back; a nudge in doubt is asked about,
waits, or goes to a person, by the strategy that its destination declares. Goes on under every guard but a
stop of everything.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from nudge_senders.clock import Clock
from nudge_senders.conversation import ask
from nudge_senders.counts import DeliveryCounts
from nudge_senders.destination import Destination, Inquiry, NativeKey, NoSettlement
from nudge_senders.errors import DestinationUnavailable, LedgerNotTrusted
from nudge_senders.fault import FaultPoint, no_fault
from nudge_senders.halts import read_halts
from nudge_senders.ledger import Entry, Lease, Ledger, NudgeState
from nudge_senders.outcome import NeedsReview, Outcome, Uncertain
from nudge_senders.queue import Recheck, RecheckAnswer
from nudge_senders.reasons import (
    CLAIM_ABANDONED,
    CRASHED,
    FINISHED_MEANWHILE,
    KEY_TOO_OLD,
    NEVER_SETTLED,
    NO_WAY_TO_SETTLE,
    NOT_FOUND_BY_INQUIRY,
)
from nudge_senders.recording import Result, entry_of_state, result_of
from nudge_senders.registry import Registry
from nudge_senders.settings import SenderSettings
from nudge_senders.vocabulary import Action, Kind

_log = logging.getLogger("nudge_senders")
#: Calls whose answers are written together: a transaction costs as much as many questions, and an answer that
#: dies with the process is asked for again.
_ANSWERS_PER_APPEND = 100
#: What no inquiry has settled for this long is for a person.
_GIVE_UP_AFTER = timedelta(hours=24)


def settle(
    *,
    lease: Lease,
    ledger: Ledger,
    destinations: Registry,
    settings: SenderSettings,
    clock: Clock,
    recheck: Recheck | None = None,
    fault: FaultPoint = no_fault,
) -> DeliveryCounts:
    """Settle what can be settled now and count by what came of it; what has to wait longer is not counted.

    Run after the lease is taken and before planning, so that a nudge found unsent can be planned in the same
    tick. `recheck` tells which doubtful nudges nobody needs any more; without it they wait for their
    strategy. Raises LedgerNotTrusted and LedgerLocked.
    """
    problems = ledger.trust_problems(lease.namespace)
    if problems:
        raise LedgerNotTrusted("; ".join(problems))
    if read_halts(ledger, settings).stops_everything:
        return DeliveryCounts()
    open_states = ledger.doubtful(lease)
    answers = _finished(recheck, open_states)
    counts = DeliveryCounts()
    groups = _by_delivery(open_states)
    for start in range(0, len(groups), _ANSWERS_PER_APPEND):
        if start and read_halts(ledger, settings).stops_everything:
            break
        entries = [
            entry
            for group in groups[start : start + _ANSWERS_PER_APPEND]
            for entry in _settle_group(group, lease, destinations, clock, answers)
        ]
        if entries:
            fault("before_outcome")
            ledger.append_outcomes(lease, entries)
            fault("after_outcome")
        counts = counts.with_entries((entry.kind, entry.action) for entry in entries)
    return counts


def _finished(recheck: Recheck | None, states: Sequence[NudgeState]) -> Mapping[str, RecheckAnswer]:
    # Completed is why a nudge is taken back, and no reason to stop asking whether it was.
    doubtful = [
        state.nudge_id for state in states if state.state == Kind.UNCERTAIN and state.action == Action.DELIVER
    ]
    if recheck is None or not doubtful:
        return {}
    try:
        return recheck(doubtful)
    except Exception as error:
        # Without an answer nothing is cancelled; the strategy goes on as if nobody had been asked.
        _log.error("re-check of doubtful nudges failed with %s", type(error).__name__)
        return {}


def _by_delivery(states: Sequence[NudgeState]) -> list[list[NudgeState]]:
    """Doubtful nudges that left in one call are asked about in one; abandoned claims stand alone."""
    groups: dict[tuple[str, ...], list[NudgeState]] = {}
    for state in states:
        key = (state.state, state.action, state.destination or "", state.delivery_id or state.nudge_id)
        groups.setdefault(key, []).append(state)
    return list(groups.values())


def _settle_group(
    group: Sequence[NudgeState],
    lease: Lease,
    destinations: Registry,
    clock: Clock,
    answers: Mapping[str, RecheckAnswer],
) -> list[Entry]:
    now = clock()
    first = group[0]
    if first.state == Kind.CLAIMED:
        # Planning compares with tick_at, which is a little before now.
        result = Result(kind=Kind.RETRYABLE, reason_code=CLAIM_ABANDONED, not_before=lease.tick_at)
        return [entry_of_state(state, result, lease=lease, recorded_at=now) for state in group]
    try:
        destination = destinations.find(first.destination or "")
    except DestinationUnavailable as error:
        _log.error("%s: its doubtful nudges wait", error)
        return _entries(group, lease, now, _give_up(first, now), None)
    check_at = _check_at(first, destination)
    if now < check_at:
        return _entries(group, lease, now, _name_the_doubt(first), check_at, destination)
    request_answers = _ask(destination, group, now)
    if request_answers is not None:
        return [
            entry
            for state in group
            for entry in _entry_of_answer(state, request_answers[state.nudge_id], lease, now, check_at)
        ]
    entries: list[Entry] = []
    for state in group:
        answer = answers.get(state.nudge_id) if state.action == Action.DELIVER else None
        if answer is not None and not answer.is_allowed and answer.reason_code in FINISHED_MEANWHILE:
            # Possibly sent all the same: the view keeps the doubt.
            result = Result(kind=Kind.CANCELLED, reason_code=answer.reason_code)
            entries.append(entry_of_state(state, result, lease=lease, recorded_at=now))
        else:
            outcome = _without_an_answer(state, destination, now)
            entries += _entries([state], lease, now, outcome, check_at, destination)
    return entries


def _check_at(state: NudgeState, destination: Destination) -> datetime:
    """From when on an answer can be believed: the attempt's deadline and the provider's own time, or a later
    poll."""
    deadline = state.deadline_at or state.last_attempted_at or state.state_at
    settled_at = deadline + destination.settlement.settling_time
    # A provider that said "ask again later" is asked then; its word only ever counts for the latest answer.
    return state.next_check_at if state.next_check_at is not None else settled_at


def _ask(destination: Destination, group: Sequence[NudgeState], now: datetime) -> dict[str, Outcome] | None:
    """nudge_id -> what the provider says; None when it cannot be asked, or not now."""
    first = group[0]
    attempted_at = first.last_attempted_at or first.state_at
    inquiry = Inquiry(
        delivery_id=first.delivery_id or "",
        action=Action(first.action),
        namespace=first.namespace,
        nudge_ids=tuple(sorted(state.nudge_id for state in group)),
        attempt=first.last_attempt or 1,
        attempted_at=attempted_at,
        deadline_at=first.deadline_at or attempted_at,
        asked_at=now,
        account_id=first.account_id,
        contact_id=first.contact_id,
        milestone_key=first.milestone_key,
        provider_ref=first.provider_ref,
        provider_status=first.provider_status,
    )
    try:
        request = destination.build_inquiry(inquiry)
    except Exception as error:
        # One question that cannot be put must not keep the others from being asked.
        _log.error("no inquiry for %s: %s", destination.name, type(error).__name__)
        request = None
    verdict = ask(destination, inquiry, request) if request is not None else None
    return None if verdict is None else {state.nudge_id: verdict.of(state.nudge_id) for state in group}


def _entry_of_answer(
    state: NudgeState, outcome: Outcome, lease: Lease, now: datetime, check_at: datetime
) -> list[Entry]:
    if isinstance(outcome, Uncertain):
        return _entries([state], lease, now, _give_up(state, now) or _name_the_doubt(state), check_at)
    result = result_of(
        outcome,
        nudge_id=state.nudge_id,
        attempt=state.last_attempt or 1,
        now=now,
        has_last_try=state.action != Action.WITHDRAW,
        is_earlier_try_in_doubt=state.is_earlier_try_in_doubt,
    )
    if result.kind is Kind.RETRYABLE and result.reason_code == NOT_FOUND_BY_INQUIRY:
        # It waited for its answer already, and planning compares with tick_at.
        result = Result(kind=Kind.RETRYABLE, reason_code=result.reason_code, not_before=lease.tick_at)
    if result.kind is Kind.UNCERTAIN:
        overdue = _give_up(state, now)
        if overdue is not None:
            return _entries([state], lease, now, overdue, check_at)
        is_news = (state.last_kind, state.provider_ref, state.provider_status) != (
            Kind.UNCERTAIN,
            result.provider_ref,
            result.provider_status,
        )
        if not is_news:
            return []
    return [entry_of_state(state, result, lease=lease, recorded_at=now)]


def _without_an_answer(state: NudgeState, destination: Destination, now: datetime) -> Outcome | None:
    settlement = destination.settlement
    if isinstance(settlement, NoSettlement):
        return NeedsReview(NO_WAY_TO_SETTLE)
    if isinstance(settlement, NativeKey) and state.provider_ref is None:
        first = state.first_attempted_at or state.state_at
        if now >= first + settlement.key_life / 2:
            return NeedsReview(KEY_TOO_OLD)
        if state.last_kind == Kind.RETRYABLE:
            # A repeat that certainly did not leave: the doubt is that of the try before it, and has its time.
            return None
        return _name_the_doubt(state) or _let_repeat(state)
    return _give_up(state, now) or _name_the_doubt(state)


def _name_the_doubt(state: NudgeState) -> Outcome | None:
    """An `attempting` that nobody followed up gets its `uncertain` once, so that the doubt stands in the
    ledger."""
    return Uncertain(CRASHED) if state.last_kind != Kind.UNCERTAIN else None


def _let_repeat(state: NudgeState) -> Outcome | None:
    """A doubt under a key that does not say when it may be repeated (a late outcome does not) says so now."""
    return Uncertain(state.reason_code or CRASHED) if state.not_before is None else None


def _give_up(state: NudgeState, now: datetime) -> Outcome | None:
    attempted_at = state.last_attempted_at or state.state_at
    return NeedsReview(NEVER_SETTLED) if now >= attempted_at + _GIVE_UP_AFTER else None


def _entries(
    group: Sequence[NudgeState],
    lease: Lease,
    now: datetime,
    outcome: Outcome | None,
    check_at: datetime | None,
    destination: Destination | None = None,
) -> list[Entry]:
    if outcome is None:
        return []
    return [
        entry_of_state(
            state,
            result_of(
                outcome,
                nudge_id=state.nudge_id,
                attempt=state.last_attempt or 1,
                now=now,
                check_at=check_at,
                is_repeatable=_is_repeatable(state, destination),
            ),
            lease=lease,
            recorded_at=now,
        )
        for state in group
    ]


def _is_repeatable(state: NudgeState, destination: Destination | None) -> bool:
    return destination is not None and destination.settlement.is_repeatable and state.provider_ref is None
