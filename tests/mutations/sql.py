"""The guards of dbt: the reasons of the ordered list, what holds everything back, and the re-check. Each is
taken out once, and one of its unit tests has to notice.
"""

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

_ANOMALIES = "dbt_project/models/intermediate/anomalies/"

ANOMALIES: tuple[Mutation, ...] = (
    Mutation(
        "anomaly of slips",
        f"{_ANOMALIES}int_slips_checked.sql",
        "coalesce(observed > threshold, true) as is_tripped",
        "false as is_tripped",
        "one_slip_more_trips_on_its_day_and_on_the_next",
    ),
    Mutation(
        "anomaly of slips, on the day after its release",
        f"{_ANOMALIES}int_slips_checked.sql",
        "when not release.is_in_force and slips_by_day",
        "when false and slips_by_day",
        "what_was_released_does_not_hold_again_on_the_day_after",
    ),
    Mutation(
        "anomaly of slips, beyond the number that was released",
        f"{_ANOMALIES}int_slips_checked.sql",
        " and slips_by_day.amount_released <= release.up_to\n",
        "\n",
        "more_than_was_released_holds_as_a_whole",
    ),
    Mutation(
        "anomaly of slips, after the release",
        f"{_ANOMALIES}int_slips_checked.sql",
        "case when slips.slips_at < release.until_at then 1 end",
        "case when release.until_at is not null then 1 end",
        "what_slipped_after_the_release_is_judged_by_itself",
    ),
    Mutation(
        "anomaly of slips, those of before the first tick",
        f"{_ANOMALIES}int_slips_checked.sql",
        "slips.slips_at > last_tick.first_as_of\n        or",
        "true\n        or",
        "what_had_slipped_before_the_first_tick_is_no_news_of_its_day",
    ),
    Mutation(
        "anomaly of slips known late",
        f"{_ANOMALIES}int_late_slips_checked.sql",
        "has_any and coalesce(slips_known_late > threshold, true) as is_tripped",
        "false as is_tripped",
        "slips_that_the_last_tick_did_not_know_trip_above_three_days_of_them",
    ),
    Mutation(
        "anomaly of completions",
        f"{_ANOMALIES}int_completions_checked.sql",
        "and days_compared.observed = 0\n",
        "and false\n",
        "a_milestone_that_nobody_reached_on_a_day_on_which_many_do_has_lost_its_event",
    ),
    Mutation(
        "anomaly of completions, on a holiday",
        f"{_ANOMALIES}int_completions_checked.sql",
        "and not days_compared.is_holiday\n",
        "",
        "nobody_is_missed_on_a_holiday",
    ),
    Mutation(
        "volume of a source, on a holiday",
        "dbt_project/models/intermediate/events/int_sources_checked.sql",
        "and not days_compared.is_holiday\n",
        "",
        "a_quiet_holiday_is_not_low_and_no_measure_of_its_weekday",
    ),
    Mutation(
        "holiday of most customers",
        "dbt_project/models/intermediate/clocks/int_holidays_shared.sql",
        "where 2 * customers_off.customers_off > customers_counted.customers",
        "where 2 * customers_off.customers_off >= customers_counted.customers",
        "a_day_is_shared_when_more_than_half_of_the_customers_have_it_off",
    ),
    Mutation(
        "anomaly of a new policy",
        f"{_ANOMALIES}int_policy_checked.sql",
        "            not growth_compared.is_rehearsed\n",
        "            false\n",
        "the_first_tick_of_a_policy_only_looks_and_has_the_next_one_look_again",
    ),
    Mutation(
        "anomaly of a policy by which nudges grow",
        f"{_ANOMALIES}int_policy_checked.sql",
        "or coalesce(growth_compared.growth > growth_compared.growth_allowed, true)",
        "or false",
        "a_policy_under_which_nudges_grow_by_more_waits_for_a_person",
    ),
    Mutation(
        "anomaly of event rows",
        f"{_ANOMALIES}int_event_rows_checked.sql",
        "event_rows = 0 as is_tripped",
        "false as is_tripped",
        "without_a_single_event_nothing_is_known",
    ),
    Mutation(
        "release of an anomaly, not of missing events",
        f"{_ANOMALIES}int_anomalies_checked.sql",
        "        and checks.check_name <> 'event rows'\n",
        "",
        "a_check_that_trips_holds_until_a_person_says_that_it_is_right_up_to_its_number",
    ),
    Mutation(
        "release of an anomaly, up to its number",
        f"{_ANOMALIES}int_anomalies_checked.sql",
        "coalesce(release.up_to >= checks.observed, false)",
        "true",
        "a_check_that_trips_holds_until_a_person_says_that_it_is_right_up_to_its_number",
    ),
    Mutation(
        "release of an anomaly, in its time",
        f"{_ANOMALIES}int_anomalies_checked.sql",
        "        and release.is_in_force\n",
        "",
        "a_release_that_is_over_releases_nothing",
    ),
    Mutation(
        "release of an anomaly, under its policy",
        f"{_ANOMALIES}int_anomalies_released.sql",
        "        and releases_ranked.policy_hash = policy_hash.policy_hash\n",
        "",
        "a_word_of_another_policy_is_none",
    ),
)

_RECHECK = "dbt_project/models/intermediate/recheck/"
_OPTED_OUT = "an_opt_out_of_the_same_person_anywhere_stops_an_email_and_a_hint_and_a_bounce_no_hint"

RECHECK: tuple[Mutation, ...] = (
    Mutation(
        "re-check: internal",
        f"{_RECHECK}int_accounts_rechecked.sql",
        "(coalesce(is_internal, false) or churned_at <= sending_until)",
        "churned_at <= sending_until",
        "an_account_that_left_or_turned_out_to_be_ours_is_let_alone",
    ),
    Mutation(
        "re-check: churned",
        f"{_RECHECK}int_accounts_rechecked.sql",
        "(coalesce(is_internal, false) or churned_at <= sending_until)",
        "coalesce(is_internal, false)",
        "an_account_that_left_or_turned_out_to_be_ours_is_let_alone",
    ),
    Mutation(
        "re-check: on_hold",
        f"{_RECHECK}int_accounts_rechecked.sql",
        "holds.held_from <= names.sending_until",
        "false",
        "a_hold_that_begins_before_the_tick_is_done_stops_the_message",
    ),
    Mutation(
        "re-check: with_csm",
        f"{_RECHECK}int_accounts_rechecked.sql",
        "(touches.occurred_at > names.tick_at or touches.loaded_at > names.tick_at)",
        "false",
        "a_touch_of_a_person_that_the_plan_did_not_know_stops_the_message",
    ),
    Mutation(
        "re-check: with_csm, noted late",
        f"{_RECHECK}int_accounts_rechecked.sql",
        " or touches.loaded_at > names.tick_at)",
        ")",
        "a_touch_of_a_person_that_the_plan_did_not_know_stops_the_message",
    ),
    Mutation(
        "re-check: milestone_resolved",
        f"{_RECHECK}int_completions_rechecked.sql",
        "milestones_ahead.event_name in (events_of_senders.event_name, events_of_senders.event_text)",
        "false",
        "a_completion_that_arrived_after_the_plan_stops_the_message",
    ),
    Mutation(
        "re-check: milestone_resolved, of this cycle",
        f"{_RECHECK}int_completions_rechecked.sql",
        "or events_of_senders.occurred_at >= milestones_ahead.cycle_started_at",
        "or true",
        "a_completion_of_an_earlier_cycle_stops_nothing",
    ),
    Mutation(
        "re-check: complaint of a contact",
        f"{_RECHECK}int_complaints_rechecked.sql",
        "on contacts.contact_id = complaints.contact_id",
        "on false",
        "a_complaint_of_anybody_at_the_account_stops_the_customers_messages_and_not_the_csms",
    ),
    Mutation(
        "re-check: complaint about a nudge",
        f"{_RECHECK}int_complaints_rechecked.sql",
        "on names.external_id = complaints.account_id",
        "on false",
        "a_complaint_of_anybody_at_the_account_stops_the_customers_messages_and_not_the_csms",
    ),
    Mutation(
        "re-check: answer to a nudge",
        f"{_RECHECK}int_feedback_arriving.sql",
        "on feedback.nudge_id = ledger_entries.nudge_id",
        "on false",
        "providers_give_back_a_contact_a_nudge_or_an_id_of_their_own",
    ),
    Mutation(
        "re-check: answer to a message of the provider",
        f"{_RECHECK}int_feedback_arriving.sql",
        "on feedback.provider_message_id = ledger_entries.provider_ref",
        "on false",
        "providers_give_back_a_contact_a_nudge_or_an_id_of_their_own",
    ),
    Mutation(
        "re-check: no_reachable_contact",
        f"{_RECHECK}int_recipients_rechecked.sql",
        "where recipients_at_account.nudge_id is null",
        "where false",
        "who_is_no_longer_at_the_account_gets_no_message_about_it",
    ),
    Mutation(
        "re-check: consent that was taken back",
        f"{_RECHECK}int_recipients_rechecked.sql",
        "            has_email_consent = false\n",
        "            false\n",
        _OPTED_OUT,
    ),
    Mutation(
        "re-check: unsubscribed",
        f"{_RECHECK}int_recipients_rechecked.sql",
        "            or unsubscribed_at <= sending_until\n",
        "",
        _OPTED_OUT,
    ),
    Mutation(
        "re-check: bounced",
        f"{_RECHECK}int_recipients_rechecked.sql",
        "            or (channel = 'email' and hard_bounced_at <= sending_until)\n",
        "",
        _OPTED_OUT,
    ),
    Mutation(
        "re-check: answer that unsubscribes",
        f"{_RECHECK}int_recipients_rechecked.sql",
        "feedback.event_type = 'unsubscribed'\n",
        "false\n",
        _OPTED_OUT,
    ),
    Mutation(
        "re-check: consent that was never given",
        f"{_RECHECK}int_recipients_rechecked.sql",
        "channel = 'email' and has_email_consent is null",
        "false",
        "an_email_needs_a_consent_that_was_given_and_a_hint_none",
    ),
    Mutation(
        "re-check: any objection",
        f"{_RECHECK}int_nudges_rechecked.sql",
        "count(reason_code) = 0 as is_allowed",
        "true as is_allowed",
        "every_nudge_gets_an_answer_and_each_objection_is_its_reason",
    ),
    Mutation(
        "re-check: until the lease ends",
        f"{_RECHECK}int_nudges_leaving.sql",
        "coalesce(leases.expires_at, ",
        "coalesce(null, ",
        "only_what_was_decided_to_be_sent_is_asked_about_and_as_of_the_end_of_its_lease",
    ),
)

_NUDGES = "dbt_project/models/intermediate/nudges/"
_EACH_STOP = "every_stop_that_ends_by_itself_says_when"

REPLAYS: tuple[Mutation, ...] = (
    Mutation(
        "ceiling of a replay",
        f"{_NUDGES}int_ceilings_checked.sql",
        "where not coalesce(as_of.is_replay, false) or ledger.last_attempted_at <= as_of.tick_at\n",
        "where true\n",
        "a_replay_counts_no_attempt_that_was_made_after_its_instant",
    ),
    Mutation(
        "text of a replay",
        f"{_NUDGES}int_templates_watched.sql",
        "case when as_of.is_replay then as_of.tick_at end as ends_at",
        "cast(null as timestamp) as ends_at",
        "a_replay_knows_nothing_of_messages_that_left_after_its_instant",
    ),
)

WAKE_UPS: tuple[Mutation, ...] = (
    Mutation(
        "wake-up when the halt of a text ends",
        f"{_NUDGES}int_stops_timed.sql",
        "        'halt_ends' as reason\n    from templates\n",
        "        'halt_ends' as reason\n    from templates\n    where false\n",
        _EACH_STOP,
    ),
    Mutation(
        "wake-up when a halt ends",
        f"{_NUDGES}int_stops_timed.sql",
        "        'halt_ends' as reason\n    from halts\n",
        "        'halt_ends' as reason\n    from halts\n    where false\n",
        _EACH_STOP,
    ),
    Mutation(
        "wake-up when a release ends",
        f"{_NUDGES}int_stops_timed.sql",
        "    from release\n",
        "    from release\n    where false\n",
        _EACH_STOP,
    ),
    Mutation(
        "wake-up with the day, while a check holds",
        f"{_NUDGES}int_stops_timed.sql",
        "    where is_holding\n",
        "    where false\n",
        _EACH_STOP,
    ),
    Mutation(
        "wake-up with the day, while a source is low",
        f"{_NUDGES}int_stops_timed.sql",
        "    where is_volume_low\n",
        "    where false\n",
        "a_day_that_brought_too_little_is_followed_by_one_that_may_bring_enough",
    ),
)

MUTATIONS: tuple[Mutation, ...] = (
    *ANOMALIES,
    *RECHECK,
    *REPLAYS,
    *WAKE_UPS,
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
