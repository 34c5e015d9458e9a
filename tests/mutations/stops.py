"""What stops everything, and when it ends: each guard is taken out once, and one of its model's unit tests
has to notice.
"""

from __future__ import annotations

from tests.mutations.mutation import Mutation

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

_NUDGES = "dbt_project/models/intermediate/nudges/"
_EACH_STOP = "every_stop_that_ends_by_itself_says_when"

REPLAYS: tuple[Mutation, ...] = (
    Mutation(
        "ceiling of a replay",
        f"{_NUDGES}int_ceilings_checked.sql",
        "where {{ is_known_to_replay('ledger.last_attempted_at') }}\n",
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
