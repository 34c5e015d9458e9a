"""What happens to each due nudge, with its reason.

Belongs here: which nudges are due, and the walk along the ordered reasons. Does not belong here: how each
fact is read.
"""

from dataclasses import dataclass, replace

from tests.oracle.accounts import Account
from tests.oracle.assignment import arm_of
from tests.oracle.clocks import Clock
from tests.oracle.instants import DAY, HOUR
from tests.oracle.ledger import Ledger, NudgeState
from tests.oracle.milestones import MilestoneState
from tests.oracle.policy import Policy, Tier
from tests.oracle.progress import Progress
from tests.oracle.quiet import is_quiet
from tests.oracle.recipients import Choice, Contact, choose_recipient, is_at
from tests.oracle.touches import Touches

DONE, SUPPRESS, DEFER, SEND = "done", "suppress", "defer", "send"
HUMAN = "human"
EMAIL = "email"


@dataclass(frozen=True)
class Context:
    """Everything about one account that a decision looks at."""

    account: Account
    states: list[MilestoneState]
    progress: Progress
    contacts: list[Contact]
    touches: Touches
    has_complaint: bool
    has_unknown_error: bool
    is_source_stale: bool
    ledger: Ledger
    policy: Policy
    as_of: int
    tick_at: int


@dataclass(frozen=True)
class Decision:
    """The decision on one due nudge."""

    account_id: str
    cycle: int
    milestone_key: str
    tier: int
    channel: str
    destination: str
    slips_at: int
    due_at: int
    eligible_at: int | None
    arm: str | None
    decision: str
    reason_code: str
    contact_id: str | None


def escalated_at(context: Context) -> int | None:
    """When the last tier of the next milestone was sent, while nothing has ended that."""
    milestone = context.progress.next_milestone
    account = context.account
    if milestone is None or _is_churned(context):
        return None
    tiers = context.policy.tiers_of(account.path_key)
    if not tiers:
        return None
    state = context.ledger.state_of(account.account_id, account.cycle, milestone.key, tiers[-1].number)
    if state is None or not state.is_sent or state.sent_at is None:
        return None
    has_progressed = context.progress.last_progress_at > state.sent_at
    return None if has_progressed or context.touches.handed_back_after(state.sent_at) else state.sent_at


def read_decisions(context: Context) -> list[Decision]:
    """The decisions on the account's due nudges, lowest tier first."""
    milestone = context.progress.next_milestone
    slips_at = context.progress.slips_at
    if milestone is None or slips_at is None:
        return []
    clock = context.account.clock_for(milestone)
    found: list[Decision] = []
    for tier_by_policy in context.policy.tiers_of(context.account.path_key):
        tier = _in_place_of_mails(context, tier_by_policy)
        due_at = clock.deadline(context.progress.last_progress_at, milestone.slip + tier.delay)
        if due_at is None or due_at > context.as_of:
            continue
        eligible_at = _eligible_at(context, tier, due_at, clock)
        choice = _choice(context, tier)
        decision, reason_code = _walk(context, tier, eligible_at, choice, found)
        found.append(
            Decision(
                account_id=context.account.account_id,
                cycle=context.account.cycle,
                milestone_key=milestone.key,
                tier=tier.number,
                channel=tier.channel,
                destination=tier.destination,
                slips_at=slips_at,
                due_at=due_at,
                eligible_at=eligible_at,
                arm=_arm(context),
                decision=decision,
                reason_code=reason_code,
                contact_id=choice.contact_id,
            )
        )
    return found


def _may_be_repeated(state: NudgeState | None, tick_at: int) -> bool:
    """Whether the provider's key makes another try of what is in doubt harmless, and its time has come."""
    if state is None or state.state != "uncertain" or state.not_before is None:
        return False
    return state.not_before <= tick_at


def _walk(
    context: Context, tier: Tier, eligible_at: int | None, choice: Choice, lower: list[Decision]
) -> tuple[str, str]:
    """The first reason that applies."""
    state = _state(context, tier.number)
    if state is not None and state.is_sent:
        return DONE, "already_sent"
    is_in_doubt = state is not None and state.is_possibly_sent and state.state != "needs_review"
    if is_in_doubt and not _may_be_repeated(state, context.tick_at):
        return DONE, "in_doubt"
    if state is not None and state.state == "needs_review":
        return DONE, "needs_review"
    if escalated_at(context) is not None:
        return DONE, "escalated"
    if context.account.is_internal:
        return SUPPRESS, "internal"
    if _is_churned(context):
        return SUPPRESS, "churned"
    if _arm(context) is None:
        return SUPPRESS, "not_enrolled"
    if _arm(context) == "control":
        return SUPPRESS, "control"
    if _clock(context).is_held(context.tick_at):
        return DEFER, "on_hold"
    if context.touches.is_with_csm:
        return DEFER, "with_csm"
    if context.touches.is_settled("handled", context.progress.last_progress_at):
        return SUPPRESS, "handled_by_csm"
    if context.touches.is_settled("not_relevant", context.progress.last_progress_at):
        return SUPPRESS, "not_relevant"
    if _is_resolved(context):
        return SUPPRESS, "milestone_resolved"
    if context.ledger.is_live and context.ledger.opened_at is None:
        return SUPPRESS, "ledger_not_open"
    if context.ledger.is_live and _slips_at(context) < (context.ledger.opened_at or 0):
        return SUPPRESS, "slipped_before_opening"
    if _is_window_over(context):
        return SUPPRESS, "window_over"
    if state is not None and state.state == "dead":
        return SUPPRESS, "dead"
    if state is not None and state.state in ("suppressed", "cancelled"):
        return SUPPRESS, "closed_at_recheck"
    if _is_expired(context, state):
        return SUPPRESS, "expired"
    if not tier.is_enabled:
        return SUPPRESS, "tier_disabled"
    if _taken_over_by(context, tier) is not None:
        return SUPPRESS, "handed_to_csm"
    if context.has_complaint and tier.channel != HUMAN:
        return SUPPRESS, "complaint"
    if choice.reason_code is not None:
        return SUPPRESS, choice.reason_code
    is_csm_allowed = context.ledger.writes_to_everybody or is_at(
        context.policy.allowed_domains, context.account.csm_email
    )
    if tier.channel == HUMAN and not is_csm_allowed:
        return SUPPRESS, "recipient_not_allowed"
    if context.is_source_stale:
        return DEFER, "source_stale"
    if state is not None and state.state == "retryable" and (state.not_before or 0) > context.tick_at:
        return DEFER, "retry_later"
    if any(one.decision in (SEND, DEFER) for one in lower):
        return DEFER, "earlier_tier_open"
    if eligible_at is None or eligible_at > context.as_of:
        return DEFER, "earlier_tier_too_recent"
    if tier.respects_quiet_hours and _is_quiet(context, choice):
        return DEFER, "quiet_hours"
    return SEND, "send"


def _is_quiet(context: Context, choice: Choice) -> bool:
    zone = choice.zone or context.account.zone
    return is_quiet(context.tick_at, zone, context.account.holidays, context.policy)


def _is_window_over(context: Context) -> bool:
    window = int(context.policy.limit("onboarding_window_days") * DAY)
    return context.tick_at > context.account.signed_up_at + window


def is_onboarding(context: Context) -> bool:
    """Whether the account counts for what a share of all of them may get."""
    return not (context.account.is_internal or _is_churned(context) or _is_window_over(context))


def _is_never_written_to(context: Context) -> bool:
    """Whether nobody there hears from us whatever happens, so that no recipient is picked."""
    is_ours_or_gone = context.account.is_internal or _is_churned(context)
    return is_ours_or_gone or _arm(context) != "treatment" or _is_window_over(context)


def _taken_over_by(context: Context, mail: Tier) -> Tier | None:
    """Who hears of an error that nobody recognises, in place of this mail that has not left."""
    if not context.has_unknown_error or _is_never_written_to(context):
        return None
    state = _state(context, mail.number)
    has_left = state is not None and state.is_possibly_sent
    if mail.channel != EMAIL or not mail.is_enabled or has_left:
        return None
    above = [tier for tier in context.policy.tiers_of(context.account.path_key) if tier.number > mail.number]
    return next((tier for tier in above if tier.channel == HUMAN and tier.is_enabled), None)


def _in_place_of_mails(context: Context, tier: Tier) -> Tier:
    """The tier with the delay of the first mail that it takes over, if there is one."""
    mails = [
        mail
        for mail in context.policy.tiers_of(context.account.path_key)
        if (human := _taken_over_by(context, mail)) is not None and human.number == tier.number
    ]
    return replace(tier, delay=min(mail.delay for mail in mails)) if mails else tier


def _clock(context: Context) -> Clock:
    milestone = context.progress.next_milestone
    assert milestone is not None
    return context.account.clock_for(milestone)


def _slips_at(context: Context) -> int:
    assert context.progress.slips_at is not None
    return context.progress.slips_at


def _arm(context: Context) -> str | None:
    # Our own accounts take no part in the experiment.
    if context.account.is_internal:
        return None
    return arm_of(context.policy, context.account.account_id, context.account.signed_up_at)


def _is_churned(context: Context) -> bool:
    churned_at = context.account.churned_at
    return churned_at is not None and churned_at <= context.as_of


def _state(context: Context, tier: int) -> NudgeState | None:
    milestone = context.progress.next_milestone
    assert milestone is not None
    return context.ledger.state_of(context.account.account_id, context.account.cycle, milestone.key, tier)


def _lower_attempt(context: Context, tier: Tier) -> tuple[Tier, NudgeState] | None:
    """The nearest lower tier that has, or may have, left."""
    for other in reversed(context.policy.tiers_of(context.account.path_key)):
        state = _state(context, other.number) if other.number < tier.number else None
        if state is None or not state.is_possibly_sent or state.attempted_at is None:
            continue
        # What a person has to look at never holds the human tier back.
        if tier.channel != HUMAN or state.state != "needs_review":
            return other, state
    return None


def _eligible_at(context: Context, tier: Tier, due_at: int, clock: Clock) -> int | None:
    lower = _lower_attempt(context, tier)
    if lower is None or lower[1].attempted_at is None:
        return due_at
    after_attempt = clock.deadline(lower[1].attempted_at, tier.delay - lower[0].delay)
    return None if after_attempt is None else max(due_at, after_attempt)


def _contact_so_far(context: Context, tier: Tier) -> str | None:
    """Whom this tier was tried for, or the nearest lower one reached."""
    for other in reversed(context.policy.tiers_of(context.account.path_key)):
        state = _state(context, other.number) if other.number <= tier.number else None
        if state is not None and state.is_possibly_sent and state.contact_id is not None:
            return state.contact_id
    return None


def _choice(context: Context, tier: Tier) -> Choice:
    if tier.channel == HUMAN or _is_never_written_to(context):
        return Choice(None, None)
    milestone = context.progress.next_milestone
    assert milestone is not None
    return choose_recipient(
        context.contacts,
        tier.channel,
        milestone.recipient_role,
        _contact_so_far(context, tier),
        context.policy,
        context.tick_at,
        is_everybody_allowed=context.ledger.writes_to_everybody,
    )


def _is_resolved(context: Context) -> bool:
    """Whether a completion later than `as_of` is already loaded, of this milestone or of a later one."""
    milestone = context.progress.next_milestone
    assert milestone is not None
    return any(
        one.milestone.order >= milestone.order and one.known_completed_at is not None
        for one in context.states
    )


def _is_expired(context: Context, state: NudgeState | None) -> bool:
    """Whether a nudge that was to leave and could not is too old; one merely due for long does not age."""
    if state is None or state.state != "retryable" or state.claimed_at is None:
        return False
    age = context.account.days_off.running(state.claimed_at, context.tick_at)
    return age > int(context.policy.limit("max_nudge_age_business_hours") * HOUR)
