"""The guards of dbt: each reason is taken out of its ordered list once, and one of the model's unit tests has
to notice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.mutations.mutation import Mutation
from tests.mutations.recheck import RECHECK
from tests.mutations.stops import ANOMALIES, REPLAYS, WAKE_UPS

_NUDGES = "dbt_project/models/intermediate/nudges/"
_JUDGED = f"{_NUDGES}int_nudges_judged.sql"
_GUARDED = f"{_NUDGES}int_accounts_guarded.sql"
_PACED = f"{_NUDGES}int_nudges_paced.sql"
_STOPPED = f"{_NUDGES}int_nudges_stopped.sql"
_CAPS = f"{_NUDGES}int_caps_checked.sql"
_LIMITED = f"{_NUDGES}int_sends_limited.sql"
_EXPIRED = f"{_NUDGES}int_nudges_expired.sql"
_CONTACTS = "dbt_project/models/intermediate/people/int_contacts_resolved.sql"
_LEDGER = "the_ledger_says_what_is_done_and_what_may_be_tried_again"
_EACH = "each_reason_of_a_nudge_is_given_when_it_applies"
_FIRST = "of_all_reasons_that_apply_the_first_is_given"
_TURN = "what_is_put_off_ages_from_its_turn_on_and_makes_room_for_the_next_tier"

#: The condition as it stands behind `when`, the reason that it gives, the unit test.
_Reason = tuple[str, str, str]
_REASONS: tuple[_Reason, ...] = (
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
    (
        "nudges.is_handed_over",
        "handed_to_csm",
        "a_mail_that_is_handed_over_closes_and_the_csm_hears_of_it_in_its_place",
    ),
    ("nudges.channel in ('in_app', 'email') and accounts.has_complaint", "complaint", _EACH),
    (
        "nudges.channel in ('in_app', 'email') and recipients.nudge_id is null",
        "no_reachable_contact",
        _EACH,
    ),
    (
        "nudges.channel = 'human' and not accounts.is_csm_allowed",
        "recipient_not_allowed",
        "whoever_may_not_be_written_to_from_here_holds_nothing_back",
    ),
    ("source_freshness.is_any_stale", "source_stale", "one_stale_source_holds_every_message_back"),
    (
        "source_freshness.is_any_volume_low",
        "source_volume_low",
        "one_source_with_too_few_rows_holds_every_message_back",
    ),
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

_OF_ACCOUNTS: tuple[_Reason, ...] = (
    ("accounts.is_internal", "internal", _FIRST),
    ("accounts.churned_at <= as_of.as_of", "churned", _FIRST),
    ("enrolments.account_id is null", "not_enrolled", _FIRST),
    ("enrolments.arm <> 'treatment'", "control", _FIRST),
    ("holds_in_force.account_id is not null", "on_hold", _FIRST),
    ("touches.is_with_csm", "with_csm", _FIRST),
    ("touches.is_handled_by_csm", "handled_by_csm", _FIRST),
    ("touches.is_not_relevant", "not_relevant", _FIRST),
)

_OF_STOPS: tuple[_Reason, ...] = (
    ("nudges_halted.nudge_id is not null", "halted", "what_is_stopped_waits_and_nothing_else_does"),
    ("checks_summed.is_policy_new", "policy_changed", "a_new_policy_only_looks"),
    (
        "checks_summed.is_anomalous",
        "anomaly_tripped",
        "an_anomaly_holds_everything_back_and_not_only_what_is_too_much",
    ),
    (
        "coalesce(templates.is_halted, false)",
        "template_halted",
        "a_text_that_annoys_waits_until_somebody_has_looked",
    ),
)

_OF_CAPS: tuple[_Reason, ...] = (
    (
        "nudges_against_account.account_opens_at > nudges_against_account.tick_at",
        "account_cap",
        "an_account_gets_two_messages_in_24_hours_and_five_in_seven_days_over_all_channels",
    ),
    (
        "nudges_against_person.person_opens_at > nudges_against_account.tick_at",
        "person_cap",
        "a_person_gets_one_message_in_24_hours_and_three_in_seven_days_at_all_accounts_together",
    ),
    (
        "emails_against_limit.email_opens_at > nudges_against_caps.tick_at",
        "email_without_feedback",
        "without_feedback_few_emails_leave_in_a_day",
    ),
)

_OF_CONSENT: tuple[_Reason, ...] = (
    (
        "coalesce(persons.has_opted_out, contacts_judged.has_opted_out)",
        "consent_withdrawn",
        "an_opt_out_or_bounce_of_one_duplicate_holds_for_the_person_at_every_account",
    ),
    (
        "contacts_judged.has_email_consent is null",
        "consent_missing",
        "an_email_needs_a_consent_that_was_given_and_not_taken_back",
    ),
    (
        "coalesce(persons.has_bounced, contacts_judged.has_bounced)",
        "bounced",
        "an_address_that_bounced_for_good_is_not_written_to",
    ),
)


def _without_reasons(file: str, reasons: Iterable[_Reason], where: str = "") -> Iterator[Mutation]:
    for condition, reason, test in reasons:
        old, new = f"when {condition} then '{reason}'", f"when false then '{reason}'"
        yield Mutation(f"{reason}{where}", file, old, new, test)


MUTATIONS: tuple[Mutation, ...] = (
    *ANOMALIES,
    *RECHECK,
    *REPLAYS,
    *WAKE_UPS,
    *_without_reasons(_JUDGED, _REASONS),
    *_without_reasons(_GUARDED, _OF_ACCOUNTS),
    *_without_reasons(_STOPPED, _OF_STOPS),
    *_without_reasons(_CAPS, _OF_CAPS),
    *_without_reasons(_CONTACTS, _OF_CONSENT),
    Mutation(
        "quiet_hours",
        _JUDGED,
        "when nudges_against_lower_tiers.respects_quiet_hours and nudges_against_lower_tiers.is_quiet",
        "when false",
        "quiet_hours_are_those_of_the_person_and_the_last_reason_of_tiers_that_respect_them",
    ),
    Mutation(
        "csm_over_capacity",
        _LIMITED,
        " then 'csm_over_capacity'",
        " and false then 'csm_over_capacity'",
        "a_csm_hears_first_of_those_who_have_waited_longest_and_of_the_rest_in_the_morning",
    ),
    Mutation(
        "domains that are allowed outside prod",
        _GUARDED,
        "{{ is_allowed_recipient('accounts.csm_email') }} as is_csm_allowed",
        "true as is_csm_allowed",
        "live_outside_prod_only_addresses_at_allowed_domains_are_written_to",
    ),
    Mutation(
        "no check at all is none passed",
        _STOPPED,
        "reason_code = 'policy_changed' and is_holding then 1 else 0 end), 1) = 1",
        "reason_code = 'policy_changed' and is_holding then 1 else 0 end), 0) = 1",
        "where_nothing_was_checked_nothing_leaves",
    ),
    Mutation(
        "digest where messages are joined",
        _LIMITED,
        "and escalations_in_order.destination in (",
        "and '' not in (",
        "what_had_piled_up_before_the_working_day_leaves_as_one_digest_in_the_morning",
    ),
    Mutation(
        "message that may have arrived",
        f"{_NUDGES}int_messages_counted.sql",
        "    where is_possibly_sent\n",
        "",
        "a_message_of_a_week_counts_from_its_attempt_once_it_may_have_arrived",
    ),
    Mutation(
        "age of what is put off",
        _EXPIRED,
        "coalesce(nudges_unsent.first_claimed_at, turns.began_at) as starts_at",
        "nudges_unsent.first_claimed_at as starts_at",
        _TURN,
    ),
    Mutation(
        "what was too old stays so",
        _EXPIRED,
        "nudges_expired_before.nudge_id is not null\n        or",
        "false\n        or",
        _TURN,
    ),
    Mutation(
        "over_ceiling",
        _PACED,
        "when nudges_held_back.held_back_reason_code = 'send' and nudges_within_ceilings.nudge_id is null",
        "when false",
        "who_waited_longest_leaves_first_up_to_the_lowest_ceiling",
    ),
    Mutation(
        "no ceiling is no room",
        _PACED,
        "select coalesce(min(room), 0) as room",
        "select coalesce(min(room), 1000) as room",
        "without_a_ceiling_nothing_leaves",
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
