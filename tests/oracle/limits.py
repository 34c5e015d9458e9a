"""What the limits over many accounts put off: caps, emails that nobody answers, and a CSM's capacity.

Belongs here: counting messages, and who gets the places that are left. Does not belong here: what one account
says by itself (`decisions`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.oracle.accounts import Account
from tests.oracle.decisions import DEFER, HUMAN, SEND, Decision
from tests.oracle.instants import DAY
from tests.oracle.ledger import Ledger, NudgeState
from tests.oracle.policy import Policy
from tests.oracle.quiet import is_quiet, opened_at

WEEK = 7 * DAY
EMAIL = "email"
#: The destination that joins nudges to one message.
JOINING = "slack"


@dataclass(frozen=True)
class Wanted:
    """A nudge that would leave now."""

    decision: Decision
    account: Account
    hours_overdue: float | None
    nudge_id: str


@dataclass(frozen=True)
class Counts:
    """The messages that have left or may have, as far as limits look back."""

    messages: tuple[NudgeState, ...]
    accounts: dict[str, Account]
    persons: dict[str, str]
    has_feedback: bool
    policy: Policy
    ledger: Ledger
    tick_at: int

    def person_of(self, contact_id: str | None) -> str | None:
        """Who a contact is, also one whom the CRM has forgotten."""
        if contact_id is None:
            return None
        return self.persons.get(contact_id, f"contact {contact_id}")

    def within(self, span: int, messages: Iterable[NudgeState]) -> int:
        """How many of the messages are younger than the span."""
        return sum(1 for one in messages if self.tick_at - _attempted_at(one) < span)


def counts_of(
    ledger: Ledger,
    accounts: dict[str, Account],
    persons: dict[str, str],
    policy: Policy,
    *,
    has_feedback: bool,
    tick_at: int,
) -> Counts:
    """The messages of the namespace that still count."""
    messages = tuple(
        one
        for one in ledger.states.values()
        if one.is_possibly_sent and one.attempted_at is not None and tick_at - one.attempted_at < WEEK
    )
    return Counts(messages, accounts, persons, has_feedback, policy, ledger, tick_at)


def limited(wanted: list[Wanted], counts: Counts) -> dict[str, Decision]:
    """The decisions that a limit changes, by nudge; the oldest due are served first."""
    counts = _without_repeats(wanted, counts)
    policy = counts.policy
    put_off: dict[str, Decision] = {}
    served: list[Wanted] = []
    for one in sorted(wanted, key=lambda one: (one.decision.due_at, one.nudge_id)):
        reason = _cap(one, served, counts)
        if reason is None:
            served.append(one)
        else:
            put_off[one.nudge_id] = _deferred(one, reason)
    if not counts.has_feedback:
        left = policy.whole("emails_per_day_without_feedback") - counts.within(
            DAY, (one for one in counts.messages if one.channel == EMAIL)
        )
        emails = [one for one in served if one.decision.channel == EMAIL]
        for one in emails[max(left, 0) :]:
            put_off[one.nudge_id] = _deferred(one, "email_without_feedback")
    for one in _over_capacity([one for one in served if one.decision.channel == HUMAN], counts):
        put_off[one.nudge_id] = _deferred(one, "csm_over_capacity")
    return put_off


def _without_repeats(wanted: list[Wanted], counts: Counts) -> Counts:
    """What is to leave again under its own key is the same message, which must not stand in its own way."""
    tried = {
        id(counts.ledger.state_of(one.account_id, one.cycle, one.milestone_key, one.tier))
        for one in (other.decision for other in wanted)
    }
    return replace(counts, messages=tuple(one for one in counts.messages if id(one) not in tried))


def _cap(one: Wanted, served: list[Wanted], counts: Counts) -> str | None:
    policy, account_id = counts.policy, one.account.account_id
    of_account = [message for message in counts.messages if message.account_id == account_id]
    if counts.within(DAY, of_account) >= policy.whole("account_messages_per_day"):
        return "account_cap"
    if counts.within(WEEK, of_account) >= policy.whole("account_messages_per_week"):
        return "account_cap"
    person = counts.person_of(one.decision.contact_id)
    if one.decision.channel == HUMAN or person is None:
        return None
    of_person = [
        message
        for message in counts.messages
        if message.channel != HUMAN and counts.person_of(message.contact_id) == person
    ]
    now = sum(
        other.decision.channel != HUMAN and counts.person_of(other.decision.contact_id) == person
        for other in served
    )
    if counts.within(DAY, of_person) + now >= policy.whole("person_messages_per_day"):
        return "person_cap"
    if counts.within(WEEK, of_person) + now >= policy.whole("person_messages_per_week"):
        return "person_cap"
    return None


def _over_capacity(wanted: list[Wanted], counts: Counts) -> list[Wanted]:
    """What is over a CSM's capacity and does not leave in the digest of this morning."""
    found: list[Wanted] = []
    for csm in sorted({csm_of(one.account) for one in wanted}):
        mine = [one for one in wanted if csm_of(one.account) == csm]
        told = [
            message
            for message in counts.messages
            if message.channel == HUMAN
            and message.account_id in counts.accounts
            and csm_of(counts.accounts[message.account_id]) == csm
        ]
        places = max(counts.policy.whole("csm_messages_per_day") - counts.within(DAY, told), 0)
        mine.sort(key=_importance)
        found += [one for one in mine[places:] if not _is_in_digest(one, told, counts)]
    return found


def _importance(one: Wanted) -> tuple[object, ...]:
    hours, seats = one.hours_overdue, one.account.seats
    return (
        hours is None,
        -(hours or 0.0),
        seats is None,
        -(seats or 0),
        one.decision.due_at,
        one.nudge_id,
    )


def _is_in_digest(one: Wanted, told: list[NudgeState], counts: Counts) -> bool:
    """Whether it had piled up before the working day began, and the CSM has not had the digest of the day."""
    account, policy = one.account, counts.policy
    if one.decision.destination != JOINING:
        return False
    if is_quiet(counts.tick_at, account.zone, account.holidays, policy):
        return False
    opened = opened_at(counts.tick_at, account.zone, account.holidays, policy)
    ready_at = one.decision.eligible_at
    if opened is None or ready_at is None or ready_at >= opened:
        return False
    decision = one.decision
    state = counts.ledger.state_of(decision.account_id, decision.cycle, decision.milestone_key, decision.tier)
    tried_at = None if state is None else state.attempted_at or state.claimed_at
    has_been_tried = tried_at is not None and tried_at >= opened
    return has_been_tried or not any(_attempted_at(message) >= opened for message in told)


def csm_of(account: Account) -> str:
    """Who gets the message about an account; those without a CSM share the fallback."""
    if account.csm_email is not None:
        return account.csm_email.strip().lower()
    return account.csm_slack_id or ""


def _attempted_at(message: NudgeState) -> int:
    assert message.attempted_at is not None
    return message.attempted_at


def _deferred(one: Wanted, reason_code: str) -> Decision:
    assert one.decision.decision == SEND
    return replace(one.decision, decision=DEFER, reason_code=reason_code)
