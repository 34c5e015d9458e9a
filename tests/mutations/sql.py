"""The reasons of dbt: each is taken out of the ordered list once, and one of its unit tests has to notice."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

_JUDGED = "dbt_project/models/intermediate/nudges/int_nudges_judged.sql"
_LEDGER = "the_ledger_says_what_is_done_and_what_may_be_tried_again"
_EACH = "each_reason_of_a_nudge_is_given_when_it_applies"

#: The condition as it stands behind `when`, the reason that it gives, the unit test.
_REASONS: tuple[tuple[str, str, str], ...] = (
    ("ledger.state in ('sent', 'resolved_sent') or ledger.is_withdrawn", "already_sent", _LEDGER),
    ("ledger.state = 'needs_review'", "needs_review", _LEDGER),
    ("escalations.account_id is not null", "escalated", _EACH),
    ("nudges.cancelled_at is not null", "milestone_resolved", _EACH),
    (
        "as_of.namespace like '%/live' and ledger_opening.opened_at is null",
        "ledger_not_open",
        "a_live_ledger_that_nobody_opened_sends_nothing",
    ),
    ("accounts.is_window_over", "window_over", _EACH),
    ("ledger.state = 'dead'", "dead", _LEDGER),
    ("ledger.state in ('suppressed', 'cancelled')", "closed_at_recheck", _LEDGER),
    ("expiries.is_expired", "expired", _EACH),
    ("not nudges.is_enabled", "tier_disabled", _EACH),
    ("nudges.channel in ('in_app', 'email') and accounts.has_complaint", "complaint", _EACH),
    (
        "nudges.channel in ('in_app', 'email') and recipients.nudge_id is null",
        "no_reachable_contact",
        _EACH,
    ),
    ("source_freshness.is_any_stale", "source_stale", "one_stale_source_holds_every_message_back"),
    ("ledger.state = 'retryable' and ledger.not_before > as_of.tick_at", "retry_later", _LEDGER),
    (
        "nudges_against_lower_tiers.has_open_lower_tier",
        "earlier_tier_open",
        "a_deferred_tier_holds_the_next_ones_back",
    ),
    (
        "coalesce(nudges_against_lower_tiers.eligible_at > as_of.as_of, true)",
        "earlier_tier_too_recent",
        "a_sent_tier_makes_the_next_wait_and_then_leave",
    ),
)

MUTATIONS: tuple[Mutation, ...] = (
    *(
        Mutation(reason, _JUDGED, f"when {condition} then '{reason}'", f"when false then '{reason}'", test)
        for condition, reason, test in _REASONS
    ),
    Mutation(
        "in_doubt",
        _JUDGED,
        "                ledger.is_possibly_sent\n                and not coalesce(",
        "                false\n                and not coalesce(",
        _LEDGER,
    ),
    Mutation(
        "repeat of a doubt only in its time",
        _JUDGED,
        "ledger.state = 'uncertain' and ledger.not_before <= as_of.tick_at, false)",
        "ledger.state = 'uncertain', false)",
        _LEDGER,
    ),
    Mutation(
        "slipped_before_opening",
        _JUDGED,
        "and nudges.slips_at < ledger_opening.opened_at",
        "and false",
        "what_slipped_before_the_opening_is_left_alone",
    ),
    Mutation(
        "reason of the account",
        _JUDGED,
        "when accounts.account_reason_code is not null then accounts.account_reason_code",
        "when false then accounts.account_reason_code",
        "the_reason_of_an_account_is_that_of_its_nudges",
    ),
    Mutation(
        "reason of the recipient",
        _JUDGED,
        "recipients.blocked_by is not null then recipients.blocked_by",
        "false then recipients.blocked_by",
        _EACH,
    ),
)
