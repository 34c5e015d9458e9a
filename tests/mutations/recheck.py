"""The last look before a call: each objection is taken out once, and one of its model's unit tests has to
notice.
"""

from __future__ import annotations

from tests.mutations.mutation import Mutation

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
        "holds.held_from <= nudges_named.sending_until",
        "false",
        "a_hold_that_begins_before_the_tick_is_done_stops_the_message",
    ),
    Mutation(
        "re-check: with_csm",
        f"{_RECHECK}int_accounts_rechecked.sql",
        "(touches.occurred_at > nudges_named.tick_at or touches.loaded_at > nudges_named.tick_at)",
        "false",
        "a_touch_of_a_person_that_the_plan_did_not_know_stops_the_message",
    ),
    Mutation(
        "re-check: with_csm, noted late",
        f"{_RECHECK}int_accounts_rechecked.sql",
        " or touches.loaded_at > nudges_named.tick_at)",
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
        f"{_RECHECK}int_nudges_leaving_with_lease.sql",
        "coalesce(leases.expires_at, ",
        "coalesce(null, ",
        "a_tick_has_to_be_done_by_the_end_of_its_lease_and_without_one_within_ten_minutes",
    ),
)
