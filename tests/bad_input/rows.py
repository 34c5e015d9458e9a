"""The 64 rows of bad input, each with the tests that cover it or the reason why it cannot occur here.

A test is named `file::test`, with `[case]` where a table of cases holds it, or `dbt:name` for a unit test of
dbt.
"""

from __future__ import annotations

from dataclasses import dataclass

_VALIDATION = "tests/validation/"
_SENDERS = "tests/nudge_senders/"
_REFUSED = f"{_VALIDATION}test_refused_commands.py::"
_OUTBOX = f"{_SENDERS}test_outbox_and_privacy.py::"
_PATH = f"{_VALIDATION}test_bad_critical_path.py::test_a_critical_path_that_cannot_be_followed_is_refused"
_FILES = f"{_VALIDATION}test_bad_files.py::test_a_file_that_is_no_seed_is_refused"
_LIMITS = (
    f"{_VALIDATION}test_bad_limits_and_experiments.py::"
    "test_limits_holidays_and_experiments_that_mean_nothing_are_refused"
)
_POLICY = f"{_VALIDATION}test_bad_policy.py::test_a_policy_that_cannot_be_carried_out_is_refused"
_SOURCES = (
    f"{_VALIDATION}test_bad_sources.py::test_a_bad_source_is_refused_with_a_remedy_and_nothing_is_touched"
)
_WAREHOUSE = f"{_VALIDATION}test_bad_warehouse.py::"
_TEXTS = f"{_SENDERS}test_templates.py::"
_DELIVERY = f"{_SENDERS}test_delivery.py::"
_HALTS = f"{_SENDERS}test_trust_and_halts.py::"
_LEASE = f"{_SENDERS}test_lease.py::"
_BROKEN = f"{_SENDERS}test_bad_surroundings.py::"
_STORIES = "tests/end_to_end/test_stories.py::"
_SETTINGS = "tests/dagster_project/test_settings.py::"
_TICK = "tests/dagster_project/test_tick.py::"
_SEQUENCES = f"{_SENDERS}test_any_sequence.py::test_any_sequence_keeps_the_promises"
_MATRIX = "tests/matrix/test_matrix.py::test_nothing_is_delivered_twice_and_nothing_is_lost"
_NO_MARKUP = f"{_TEXTS}test_no_value_of_a_customer_becomes_markup"
_ANSWERS = f"{_DELIVERY}test_every_answer_has_its_state"
_ROUNDS = f"{_SENDERS}test_rounds.py::"
_HOSTS = f"{_SENDERS}test_webhook_hosts.py::"
_HTTP = f"{_SENDERS}test_http_call.py::"
_BLAST = "tests/end_to_end/test_blast_radius.py::"
_DOUBT = "tests/contract/test_contract.py::test_a_call_that_breaks_is_doubt_and_the_answer_to_it_is_the_truth"


@dataclass(frozen=True)
class Row:
    """One row, with either `tests` or `never_here`; `note` says what is different here from the row's own
    words."""

    number: int
    what: str
    tests: tuple[str, ...] = ()
    never_here: str = ""
    note: str = ""


ROWS: tuple[Row, ...] = (
    Row(
        1,
        "a file of the configuration is missing, empty or a folder",
        (
            f"{_FILES}[a folder in its place]",
            f"{_FILES}[an empty file]",
            f"{_FILES}[a header without rows]",
            f"{_VALIDATION}test_bad_project_vars.py::test_a_project_without_variables_is_refused_with_one_line",
        ),
    ),
    Row(2, "yaml with a tab or wrong indentation", (f"{_SOURCES}[variables that are no yaml]",)),
    Row(3, "yaml that asks for an object of Python", (f"{_SOURCES}[an object of Python]",)),
    Row(4, "yaml that blows up", (f"{_SOURCES}[a yaml bomb]", f"{_SOURCES}[brackets without end]")),
    Row(
        5,
        "a key twice",
        (
            f"{_SOURCES}[variables twice, of which dbt takes the last]",
            f"{_SOURCES}[one variable twice]",
            f"{_LIMITS}[a limit twice]",
            f"{_POLICY}[a tier twice, written differently]",
        ),
    ),
    Row(
        6,
        "a misspelt key",
        (
            f"{_SOURCES}[a misspelt variable]",
            f"{_FILES}[a misspelt column]",
            f"{_LIMITS}[an unknown limit]",
            f"{_WAREHOUSE}test_a_misspelt_variable_and_a_switch_that_is_not_one_are_warnings",
        ),
    ),
    Row(7, "a limit of 0, -1, a thousand million, true, NaN", (_LIMITS,)),
    Row(
        8,
        "NO, on and 1:30, which yaml 1.1 reads as something else",
        (
            f"{_VALIDATION}test_bad_project_vars.py::"
            "test_a_schema_that_yaml_does_not_read_as_text_is_refused_with_quotes_to_write",
            f"{_POLICY}[a switch that is neither on nor off]",
            "dbt:an_id_that_looks_like_nothing_is_an_account",
        ),
        note="countries, switches and times stand in seeds, which are CSV and read as text",
    ),
    Row(
        9,
        "delays of tiers that do not grow",
        (
            f"{_POLICY}[delays that stand still]",
            f"{_POLICY}[delays that fall]",
            f"{_POLICY}[a negative delay]",
        ),
    ),
    Row(
        10,
        "a milestone renamed while nudges know it",
        (f"{_WAREHOUSE}test_a_renamed_milestone_that_the_ledger_knows_is_refused",),
    ),
    Row(
        11,
        "two milestones with one key; keys with a pipe, of ten thousand letters, that turn the text round",
        (
            f"{_PATH}[a milestone key twice]",
            f"{_PATH}[a key with a pipe]",
            f"{_PATH}[a key of ten thousand letters]",
            f"{_PATH}[a key that turns the terminal round]",
        ),
    ),
    Row(
        12,
        "a circle among milestones",
        never_here="a critical path is an ordered list: nothing depends on anything",
    ),
    Row(
        13,
        "time zones that nobody knows",
        (
            f"{_VALIDATION}test_source_warnings.py::test_unknown_time_zones_in_the_crm_are_counted_warnings",
            "dbt:a_time_zone_that_nobody_knows_is_the_default_one",
        ),
        note="no time zone is configured; those of accounts and contacts fall back and are counted",
    ),
    Row(
        14,
        "quiet hours over midnight, or of no length",
        (
            "dbt:a_microsecond_before_work_is_quiet_and_so_is_its_end",
            "dbt:quiet_hours_within_a_day_leave_the_night_open_and_monday_begins_at_midnight",
            f"{_LIMITS}[quiet hours without a length]",
        ),
    ),
    Row(15, "a text with an unknown token", (f"{_TEXTS}test_a_broken_text_is_named_with_file_and_remedy",)),
    Row(
        16,
        "a text that reaches into the program or never ends",
        (f"{_TEXTS}test_a_broken_text_is_named_with_file_and_remedy",),
    ),
    Row(
        17,
        "a token in the configuration",
        (f"{_VALIDATION}test_secrets.py::test_a_secret_in_a_seed_is_refused_without_being_shown",),
    ),
    Row(
        18,
        "a variable of the environment that is missing, empty or not clean",
        (
            f"{_WAREHOUSE}test_an_environment_that_cannot_be_is_refused",
            f"{_VALIDATION}test_unusable_places.py::test_everything_wrong_in_the_environment_is_told_at_once",
            f"{_SETTINGS}test_what_cannot_be_is_refused_by_name",
        ),
        note="the settings of vendors have tests beside the vendors",
    ),
    Row(
        19,
        "live in an environment that is not production",
        (f"{_WAREHOUSE}test_an_environment_that_cannot_be_is_refused",),
        note="there are dev and prod; a live dev has a namespace, an opening and an allow-list of its own",
    ),
    Row(
        20,
        "production pointed at an empty or another ledger",
        (
            f"{_HALTS}test_a_ledger_that_is_not_the_one_last_seen_sends_nothing",
            f"{_HALTS}test_a_live_namespace_that_nobody_opened_sends_nothing",
            "tests/cli/test_ledger.py::test_a_live_tick_without_any_ledger_is_refused_in_the_same_words",
        ),
    ),
    Row(
        21,
        "a webhook's URL that leads inside",
        (
            f"{_HOSTS}test_every_other_spelling_is_refused",
            f"{_HOSTS}test_an_address_that_is_not_public_may_not",
            "tests/contract/test_vendors.py::test_a_name_that_leads_into_our_own_network_is_never_connected_to",
            f"{_HTTP}test_the_address_that_was_judged_is_the_one_that_is_reached",
        ),
    ),
    Row(
        22,
        "an allowed domain as part of another one",
        (
            "dbt:live_outside_prod_only_addresses_at_allowed_domains_are_written_to",
            "dbt:with_no_allowed_domain_nobody_is_written_to_live_outside_prod",
            "dbt:of_several_people_one_who_may_be_written_to_from_here_is_chosen",
        ),
    ),
    Row(
        23,
        "a configuration that changes during a tick",
        (f"{_TICK}test_seeds_are_loaded_again_only_when_their_file_changed_or_their_table_is_gone",),
        note="a tick reads seeds once, at its beginning; that the next one is dry is tested with that guard",
    ),
    Row(
        24,
        "the table of events is missing, or a column is gone",
        (f"{_SOURCES}[no event source]", f"{_SOURCES}[a renamed column]"),
    ),
    Row(
        25,
        "the table of events is empty",
        (
            f"{_SOURCES}[an empty event source]",
            f"{_VALIDATION}test_attribution.py::test_event_sources_that_are_all_empty_are_refused",
        ),
    ),
    Row(26, "a loader stopped three hours ago", ("dbt:one_stale_source_holds_every_message_back",)),
    Row(
        27,
        "three hours of completions arrive at once",
        (
            f"{_STORIES}test_a_loader_stopped_for_six_hours_and_caught_up_in_three_chunks_makes_no_nudge_wrong",
        ),
    ),
    Row(
        28,
        "events of the future, of 1970, without a time",
        (
            "dbt:an_event_without_time_name_or_person_is_unusable_and_says_why",
            "dbt:an_event_is_a_fact_up_to_exactly_fifteen_minutes_after_its_load",
            "dbt:history_begins_with_its_first_instant",
            "dbt:a_broken_clock_moves_no_watermark",
        ),
    ),
    Row(
        29,
        "times without a zone, with several offsets, in a doubled hour",
        (
            f"{_REFUSED}test_an_instant_that_has_passed_is_read_with_its_zone_or_as_utc",
            f"{_VALIDATION}test_unreadable_values.py::test_dates_that_are_read_and_empty_ones_are_no_news",
            "dbt:a_day_with_two_midnights_begins_at_the_first",
        ),
    ),
    Row(30, "an event a thousand times", ("dbt:a_duplicate_changes_nothing_and_the_first_load_counts",)),
    Row(
        31,
        "one id with two payloads",
        never_here="ids of events decide nothing: a milestone is the earliest time of its event",
    ),
    Row(
        32,
        "a completion between plan and call",
        (
            "dbt:a_completion_that_arrived_after_the_plan_stops_the_message",
            f"{_DELIVERY}test_a_recheck_that_says_no_keeps_the_nudge_in",
            f"{_STORIES}test_nothing_leaves_before_the_first_event_and_then_the_slipped_get_one_hint_and_the_done_none",
        ),
    ),
    Row(
        33,
        "a completion after the call",
        ("dbt:the_first_reason_on_the_list_wins",),
        note="`already_sent` is first",
    ),
    Row(
        34,
        "an event that takes a completion back",
        never_here="a completion is a minimum: nothing takes it back",
    ),
    Row(
        35,
        "accounts called null, 0, spaces, or with other letters' case",
        (
            "dbt:an_id_that_looks_like_nothing_is_an_id_and_a_missing_one_is_none",
            "dbt:an_account_that_was_merged_into_another_and_one_without_id_are_no_accounts",
            "dbt:rows_of_the_crm_that_say_nothing_or_too_much_are_counted",
        ),
    ),
    Row(
        36,
        "an account merged or gone on the way",
        (
            "dbt:a_nudge_of_a_merged_account_is_one_of_its_survivor",
            "dbt:of_nudges_that_a_merge_made_one_the_one_that_may_have_arrived_counts_then_the_latest",
            "dbt:an_account_that_left_or_turned_out_to_be_ours_is_let_alone",
        ),
    ),
    Row(
        37,
        "two accounts share a person",
        (
            "dbt:an_opt_out_or_bounce_of_one_duplicate_holds_for_the_person_at_every_account",
            "dbt:an_opt_out_of_the_same_person_anywhere_stops_an_email_and_a_hint_and_a_bounce_no_hint",
        ),
        note="that caps hold across accounts is tested beside the caps",
    ),
    Row(
        38,
        "addresses that are none",
        (
            "dbt:a_text_that_is_no_address_and_a_zone_that_nobody_knows_are_missing",
            f"{_DELIVERY}test_an_unusable_row_is_skipped_and_does_not_stop_the_others",
        ),
    ),
    Row(
        39,
        "addresses of a role, or of our own people",
        ("dbt:an_account_is_ours_only_if_the_crm_says_so",),
        note="a role's address may be a customer's only one: consent decides, not its name",
    ),
    Row(40, "a name that would call people in Slack", (_NO_MARKUP,)),
    Row(41, "a name that looks like a template", (_NO_MARKUP,)),
    Row(42, "a name that looks like SQL, with a zero byte or half a character", (_NO_MARKUP,)),
    Row(43, "a name that a spreadsheet would calculate", never_here="nothing here writes a CSV for people"),
    Row(
        44,
        "properties of five megabytes, or nested without end",
        (
            "tests/bad_input/test_json.py::"
            "test_properties_without_end_or_measure_stop_no_tick_and_what_names_nobody_is_unusable",
        ),
        note="JSON that can be read is read, however large; only the account is taken out of it",
    ),
    Row(
        45,
        "a million accounts slip in one tick",
        (
            f"{_BLAST}test_twelve_months_that_are_loaded_at_once_wait_until_a_person_says_that_they_are_right",
            "dbt:slips_that_the_last_tick_did_not_know_trip_above_three_days_of_them",
            "dbt:a_ceiling_is_the_lower_of_a_number_and_a_share_that_is_not_too_small_and_doubtful_attempts_count",
            f"{_ROUNDS}test_a_queue_longer_than_a_round_leaves_whole",
        ),
        note="memory is bounded by the ceiling of a tick, which the queue cannot exceed",
    ),
    Row(
        46,
        "all accounts slip",
        (
            f"{_BLAST}test_a_policy_by_which_everybody_slips_sends_nothing_and_is_forgotten_once_it_is_mended",
            "dbt:one_slip_more_trips_on_its_day_and_on_the_next",
        ),
    ),
    Row(
        47,
        "no arm, two arms, another arm",
        (
            "dbt:the_reason_of_an_account_is_that_of_its_nudges",
            "dbt:an_account_is_assigned_once_whatever_the_share_becomes",
            f"{_STORIES}test_control_accounts_get_none_and_a_full_refresh_after_a_change_of_share_keeps_every_arm",
        ),
    ),
    Row(
        48,
        "consent that is old, empty or missing",
        (
            "dbt:an_email_needs_a_consent_that_was_given_and_not_taken_back",
            "dbt:the_last_known_heartbeat_wins_over_receipts_and_judges_crm_and_feedback_alone",
            f"{_VALIDATION}test_unreadable_values.py::"
            "test_what_cannot_be_read_is_a_warning_with_count_example_and_consequence",
        ),
    ),
    Row(
        49,
        "an opt-out between plan and call",
        (
            "dbt:an_opt_out_of_the_same_person_anywhere_stops_an_email_and_a_hint_and_a_bounce_no_hint",
            f"{_DELIVERY}test_a_recheck_that_says_no_keeps_the_nudge_in",
        ),
    ),
    Row(
        50,
        "a clock that jumps either way",
        (
            _SEQUENCES,
            f"{_TICK}test_facts_that_run_backwards_stop_the_tick_before_it_sends",
        ),
    ),
    Row(
        51,
        "a tick twice at once",
        (
            _MATRIX,
            f"{_LEASE}test_a_second_tick_is_refused_while_the_first_one_runs",
            "tests/dagster_project/test_should_tick.py::test_a_lease_in_use_launches_nothing",
        ),
    ),
    Row(
        52,
        "200 with something else than an answer",
        (_MATRIX, _ANSWERS),
        note="of the senders; of each vendor in its contract",
    ),
    Row(
        53,
        "200 that says no",
        (f"{_SENDERS}test_slack_destination.py::test_every_answer_to_the_card_has_its_meaning",),
    ),
    Row(
        54,
        "accepted, and then nothing",
        (f"{_SENDERS}test_settlement.py::test_accepted_is_polled_until_the_provider_says_sent",),
        note="of the senders; of each vendor in its contract",
    ),
    Row(
        55,
        "a redirect to another host",
        (f"{_HTTP}test_a_redirect_is_an_answer_and_is_not_followed", _DOUBT),
    ),
    Row(
        56,
        "429 with a wait that is none",
        (
            f"{_OUTBOX}test_a_retry_is_never_in_the_past_never_too_far_and_always_the_same",
            f"{_OUTBOX}test_the_providers_own_word_wins_over_our_backoff",
        ),
        note="of the senders; how each vendor writes it in its contract",
    ),
    Row(
        57,
        "there already",
        (
            "tests/contract/test_vendors.py::test_an_enrolment_that_took_effect_late_is_not_made_again",
            "tests/contract/test_vendors.py::test_whom_a_colleague_put_on_the_cadence_is_left_alone",
            "tests/contract/test_through_the_ledger.py::"
            "test_a_lost_status_id_leads_to_a_repeat_under_the_same_key_and_to_one_email",
        ),
        note="what is there already and is not ours counts as not sent by us",
    ),
    Row(
        58,
        "one key for two bodies",
        (f"{_DELIVERY}test_a_repeat_needs_the_same_body_within_half_the_keys_life", _ANSWERS),
    ),
    Row(59, "an error after the effect, a silence, a reset", (_MATRIX, _ANSWERS)),
    Row(
        60,
        "an answer without end",
        (
            f"{_HTTP}test_an_answer_may_be_as_large_as_the_limit_and_no_larger",
            f"{_HTTP}test_a_packed_answer_is_read_within_the_same_limit",
            f"{_HTTP}test_an_answer_that_drips_is_cut_when_the_whole_time_is_over",
            _DOUBT,
        ),
    ),
    Row(
        61,
        "a provider's webhook with a wrong signature",
        never_here="nothing here listens: feedback is a table",
    ),
    Row(
        62,
        "the warehouse fails before, after or during",
        (
            f"{_DELIVERY}test_when_attempting_cannot_be_committed_nothing_is_called",
            f"{_BROKEN}test_an_outcome_that_cannot_be_written_is_doubt_and_no_second_message",
            f"{_BROKEN}test_a_log_with_a_wrong_byte_is_named_and_nothing_is_deleted",
            f"{_BROKEN}test_a_log_that_lost_its_end_stops_a_live_ledger",
            f"{_HALTS}test_a_lock_is_waited_for_with_patience_and_then_named",
            f"{_HALTS}test_a_damaged_file_is_named_at_once",
        ),
    ),
    Row(
        63,
        "a row of the ledger edited by hand",
        (
            f"{_HALTS}test_a_ledger_that_is_not_the_one_last_seen_sends_nothing",
            f"{_BROKEN}test_a_sent_that_somebody_edited_is_still_sent",
        ),
        note="unknown words, rows of another ledger and lost rows stop everything; `sent` stays `sent`",
    ),
    Row(
        64,
        "killed, stopped or interrupted anywhere",
        (
            _MATRIX,
            f"{_SENDERS}test_crashes.py::test_killed_at_any_point_nothing_leaves_twice_and_doubt_is_visible",
            f"{_BROKEN}test_an_interrupt_in_the_middle_of_a_batch_loses_no_outcome_that_is_known",
        ),
    ),
)
