"""The guards of the senders, and the order that makes them worth something."""

from __future__ import annotations

from tests.mutations.mutation import Mutation

_HALTS = "tests/nudge_senders/test_trust_and_halts.py::"
_DELIVERY = "tests/nudge_senders/test_delivery.py::"
_ROUNDS = "tests/nudge_senders/test_rounds.py::"
_LEASE = "tests/nudge_senders/test_lease.py::"
_SETTLEMENT = "tests/nudge_senders/test_settlement.py::"
_ORDER = "tests/nudge_senders/test_guards_at_the_last_moment.py::"
_THROUGH = "tests/contract/test_through_the_ledger.py::"

_OUTSIDE = (
    f"{_HALTS}test_the_halt_file_and_the_flag_work_without_the_warehouse_and_stop_a_batch_in_its_middle"
)
_SCOPES = f"{_HALTS}test_a_halt_stops_its_scope_and_an_unknown_scope_stops_everything"
_NOT_THE_ONE = f"{_HALTS}test_a_ledger_that_is_not_the_one_last_seen_sends_nothing"

STOPS = (
    Mutation(
        "halt file without a line",
        "nudge_senders/halt_file.py",
        "    if not lines or len(content) > _MOST_BYTES:\n        return (FileHalt(),)",
        "    if not lines or len(content) > _MOST_BYTES:\n        return ()",
        _OUTSIDE,
    ),
    Mutation(
        "lines of the halt file",
        "nudge_senders/halt_file.py",
        "    return tuple(_halt_of(line) for line in lines)",
        "    return ()",
        "tests/nudge_senders/test_halt_file.py::test_a_scope_in_the_file_is_asked_before_every_single_call",
    ),
    Mutation(
        "halt variable",
        "nudge_senders/halts.py",
        "    if settings.is_halted:",
        "    if False:",
        _OUTSIDE,
    ),
    Mutation(
        "halt row",
        "nudge_senders/halts.py",
        "outside.scopes | {halt.scope or EVERYTHING for halt in ledger.halts()}",
        "outside.scopes",
        _SCOPES,
    ),
    Mutation(
        "halt of an unknown scope",
        "nudge_senders/halts.py",
        "any(scope in _EVERYTHING or _prefix(scope) not in _SCOPES for",
        "any(scope in _EVERYTHING for",
        _SCOPES,
    ),
    Mutation(
        "halts that cannot be read",
        "nudge_senders/halts.py",
        "        # The one place where every error is an answer: an unreadable stop must stop.\n"
        "        return StandingHalts(frozenset({EVERYTHING}))",
        "        return StandingHalts(frozenset())",
        f"{_HALTS}test_halts_that_cannot_be_read_stop_everything",
    ),
    Mutation(
        "halt between two batches",
        "nudge_senders/delivery.py",
        "(waiting)\n            halts = read_halts(self._ledger, self._settings)",
        "(waiting)",
        f"{_ROUNDS}test_a_halt_between_two_batches_stops_the_later_one",
    ),
    Mutation(
        "halt while settling",
        "nudge_senders/settlement.py",
        "    if read_halts(ledger, settings).stops_everything:",
        "    if False:",
        f"{_SETTLEMENT}test_a_halt_of_everything_stops_settling_and_a_smaller_one_does_not",
    ),
    Mutation(
        "rest of a destination that refuses everybody",
        "nudge_senders/calling.py",
        "            self._resting.add(name)\n",
        "",
        f"{_DELIVERY}test_rejected_credentials_rest_the_destination_and_use_up_no_attempt",
    ),
)

LEASES = (
    Mutation(
        "one tick at a time",
        "nudge_senders/ledger/ledger.py",
        "if current.is_held(now) and not is_certainly_dead(current.holder):",
        "if False:",
        f"{_LEASE}test_a_second_tick_is_refused_while_the_first_one_runs",
    ),
    Mutation(
        "lease of who claims",
        "nudge_senders/ledger/ledger.py",
        "            self._touch(session, lease, now)\n            states = reading.states_of(\n",
        "            states = reading.states_of(\n",
        f"{_LEASE}test_a_superseded_tick_can_neither_claim_nor_attempt",
    ),
    Mutation(
        "lease of who attempts",
        "nudge_senders/ledger/ledger.py",
        "            self._touch(session, lease, now)\n            self._append(session, entries)",
        "            self._append(session, entries)",
        f"{_ORDER}test_who_lost_the_lease_after_the_claim_attempts_nothing",
    ),
    Mutation(
        "fence of a late outcome",
        "nudge_senders/ledger/ledger.py",
        "list(entries) if is_current else [self._as_hearsay(entry) for entry in entries]",
        "list(entries)",
        f"{_LEASE}test_a_late_outcome_is_appended_but_frees_nothing",
    ),
    Mutation(
        "end of the lease",
        "nudge_senders/calling.py",
        "        if now >= self._lease.expires_at - _LAST_CALL_BEFORE_LEASE_ENDS:",
        "        if False:",
        f"{_DELIVERY}test_no_call_starts_when_the_lease_is_about_to_end",
    ),
    Mutation(
        "rows of the own tick only",
        "nudge_senders/batching.py",
        "        if is_own and nudge.channel is channel:",
        "        if nudge.channel is channel:",
        f"{_DELIVERY}test_only_rows_of_the_own_tick_leave_whatever_the_queue_hands_out",
    ),
)

_BEFORE_THE_CALL = (
    "        self._ledger.append_attempting("
    "self._lease, [entry for each in prepared for entry in each.attempting])\n"
)

LAST_MOMENT = (
    Mutation(
        "attempting before the call, seen by a kill after it",
        "nudge_senders/delivery.py",
        _BEFORE_THE_CALL,
        "",
        "tests/matrix/test_matrix.py::test_nothing_is_delivered_twice_and_nothing_is_lost"
        "[lookup-deliver-ok-after_response_headers]",
    ),
    Mutation(
        "attempting before the call",
        "nudge_senders/delivery.py",
        _BEFORE_THE_CALL,
        "",
        f"{_DELIVERY}test_attempting_is_committed_and_the_file_is_free_while_the_destination_is_called",
    ),
    Mutation(
        "deadline of the attempt",
        "nudge_senders/calling.py",
        "        if now >= delivery.deadline_at:",
        "        if False:",
        f"{_DELIVERY}test_no_call_starts_after_its_deadline",
    ),
    Mutation(
        "deadline of the nudge",
        "nudge_senders/asking_again.py",
        "    if nudge.deadline_at is not None and now >= nudge.deadline_at:",
        "    if False:",
        f"{_DELIVERY}test_a_nudge_past_its_own_deadline_is_cancelled_and_never_attempted",
    ),
    Mutation(
        "age of the re-check",
        "nudge_senders/calling.py",
        "        if not answers.is_within(self._settings.recheck_max_age, now):",
        "        if False:",
        f"{_DELIVERY}test_a_recheck_older_than_its_age_is_not_acted_on",
    ),
    Mutation(
        "asking again before a later batch",
        "nudge_senders/delivery.py",
        "            if not answers.is_within(usable_for, self._clock()):",
        "            if False:",
        f"{_ROUNDS}test_what_a_slow_destination_kept_waiting_is_asked_about_again_and_leaves_in_the_same_tick",
    ),
    Mutation(
        "answer of the re-check",
        "nudge_senders/asking_again.py",
        "    if answer.is_allowed:",
        "    if True:",
        f"{_DELIVERY}test_a_recheck_that_says_no_keeps_the_nudge_in",
    ),
    Mutation(
        "re-check without an answer",
        "nudge_senders/asking_again.py",
        "RecheckAnswer(False, RECHECK_MISSING)",
        "RecheckAnswer(True, RECHECK_MISSING)",
        f"{_DELIVERY}test_no_answer_and_a_failing_recheck_keep_everything_in",
    ),
    Mutation(
        "re-check that fails",
        "nudge_senders/asking_again.py",
        "RecheckAnswer(False, RECHECK_FAILED) for",
        "RecheckAnswer(True, RECHECK_FAILED) for",
        f"{_DELIVERY}test_no_answer_and_a_failing_recheck_keep_everything_in",
    ),
    Mutation(
        "re-check that answers null",
        "nudge_senders/queue.py",
        'is_allowed = row["is_allowed"] is True',
        'is_allowed = row["is_allowed"] is not False',
        f"{_DELIVERY}test_a_recheck_that_says_no_keeps_the_nudge_in",
    ),
    Mutation(
        "newest wanted value",
        "nudge_senders/batching.py",
        "    if not isinstance(destination.settlement, StateSet):",
        "    if True:",
        f"{_DELIVERY}test_of_two_values_for_one_contact_only_the_newest_is_written",
    ),
    Mutation(
        "body of a repeat",
        "nudge_senders/preparing.py",
        "    if is_body_bound and any(",
        "    if False and any(",
        f"{_DELIVERY}test_a_repeat_needs_the_same_body_within_half_the_keys_life",
    ),
)

TRUST = (
    Mutation(
        "trust before sending",
        "nudge_senders/delivery.py",
        "    if problems:",
        "    if False:",
        _NOT_THE_ONE,
    ),
    Mutation(
        "trust before settling",
        "nudge_senders/settlement.py",
        "    if problems:",
        "    if False:",
        _NOT_THE_ONE,
    ),
    Mutation(
        "opening of a live namespace",
        "nudge_senders/ledger/trust.py",
        "    if opened_at is None:",
        "    if False:",
        f"{_HALTS}test_a_live_namespace_that_nobody_opened_sends_nothing",
    ),
    Mutation(
        "another ledger",
        "nudge_senders/ledger/trust.py",
        "    if remembered.ledger_id != seen.ledger_id:",
        "    if False:",
        f"{_ORDER}test_an_empty_ledger_with_another_id_is_not_taken_for_the_one_last_seen",
    ),
    Mutation(
        "fewer entries than last seen",
        "nudge_senders/ledger/trust.py",
        "    elif seen.entries < remembered.entries or seen.fence < remembered.fence:",
        "    elif False:",
        _NOT_THE_ONE,
    ),
    Mutation(
        "words that nobody knows",
        "nudge_senders/ledger/queries.sql",
        "    or nudge_events.kind not in (:kinds_in)\n",
        "    or (false and nudge_events.kind not in (:kinds_in))\n",
        _NOT_THE_ONE,
    ),
    Mutation(
        "live and shadow apart",
        "nudge_senders/delivery.py",
        "    if lease.namespace != settings.namespace or destinations.is_live != settings.is_live:",
        "    if False:",
        f"{_DELIVERY}test_live_destinations_never_serve_a_shadow_namespace",
    ),
    Mutation(
        "shadow unless live",
        "nudge_senders/registry.py",
        "        return wanted if self.is_live else OUTBOX",
        "        return wanted",
        f"{_DELIVERY}test_in_shadow_every_destination_is_the_outbox",
    ),
    Mutation(
        "kills in production",
        "nudge_senders/fault.py",
        'if not wanted or environ.get("MILESTONE_AGENT_ENV", "").strip() == "prod":',
        "if not wanted:",
        "tests/nudge_senders/test_crashes.py::test_a_fault_never_fires_in_production",
    ),
)

PACE = (
    Mutation(
        "pause between two calls",
        "nudge_senders/calling.py",
        "            if wait > 0:",
        "            if False:",
        f"{_THROUGH}test_two_cards_to_one_person_keep_a_second_apart_and_to_two_people_they_do_not",
    ),
    Mutation(
        "pause per place",
        "nudge_senders/calling.py",
        "        place = (destination.name, each.request.address_ref)",
        "        place = (destination.name, None)",
        f"{_THROUGH}test_two_cards_to_one_person_keep_a_second_apart_and_to_two_people_they_do_not",
    ),
)

MEMORY = (
    Mutation(
        "sent is absorbing, when claimed",
        "nudge_senders/ledger/claims.py",
        "    if state.state in (Kind.RETRYABLE, Kind.RESOLVED_NOT_SENT):",
        "    if state.state in (Kind.RETRYABLE, Kind.RESOLVED_NOT_SENT, Kind.SENT):",
        f"{_DELIVERY}test_a_nudge_leaves_once_and_a_second_tick_delivers_nothing",
    ),
    Mutation(
        "sent is absorbing, when read",
        "nudge_senders/ledger/schema.sql",
        "            when has_sent = 1 then 'sent'\n",
        "",
        "tests/nudge_senders/test_states.py::test_the_view_agrees_with_the_slow_reading",
    ),
    Mutation(
        "doubt does not look sendable",
        "nudge_senders/ledger/schema.sql",
        "            when has_doubt = 1 and last_kind in ('claimed', 'retryable') then 'uncertain'\n",
        "",
        f"{_DELIVERY}test_a_refused_repeat_leaves_the_first_attempt_in_doubt",
    ),
    Mutation(
        "an attempt without outcome is doubt",
        "nudge_senders/ledger/schema.sql",
        "            when last_kind = 'attempting' then 'uncertain'\n",
        "",
        "tests/nudge_senders/test_states.py::test_the_view_agrees_with_the_slow_reading",
    ),
    Mutation(
        "silence after an effect is doubt",
        "nudge_senders/conversation.py",
        "            return _failed(error.reason_code, has_left or request.has_effect)",
        "            return _failed(error.reason_code, has_left)",
        f"{_DELIVERY}test_every_answer_has_its_state",
    ),
    Mutation(
        "wait before a retry",
        "nudge_senders/ledger/claims.py",
        "Kind.RESOLVED_NOT_SENT):\n        if state.not_before is not None and state.not_before > now:",
        "Kind.RESOLVED_NOT_SENT):\n        if False:",
        f"{_DELIVERY}test_retries_wait_longer_each_time_and_end_after_four",
    ),
    Mutation(
        "last attempt",
        "nudge_senders/retry.py",
        "    if attempt >= MAX_ATTEMPTS:",
        "    if False:",
        f"{_DELIVERY}test_retries_wait_longer_each_time_and_end_after_four",
    ),
    Mutation(
        "half the life of a key",
        "nudge_senders/ledger/claims.py",
        "        if now >= state.first_attempted_at + repeat_within or state.fence >= fence:",
        "        if state.fence >= fence:",
        f"{_SETTLEMENT}test_no_repeat_leaves_after_half_the_life_of_the_key_even_where_nobody_settled",
    ),
    Mutation(
        "destination of a repeat",
        "nudge_senders/ledger/claims.py",
        "        if state.destination != destination:",
        "        if False:",
        f"{_SETTLEMENT}test_a_doubt_is_repeated_where_it_arose_and_never_at_another_destination",
    ),
    Mutation(
        "new key after an accepted send that was not made",
        "nudge_senders/destinations/hubspot.py",
        "            return Retryable(reason, provider_status=result, provider_ref=status_id)",
        "            return Retryable(reason, provider_status=result)",
        f"{_THROUGH}test_an_email_that_was_accepted_and_not_sent_is_sent_under_a_new_key_that_stays_the_same",
    ),
    Mutation(
        "new key after a person's answer",
        "nudge_senders/ledger/schema.sql",
        "                when kind = 'resolved_not_sent' or (kind = 'retryable'",
        "                when (kind = 'retryable'",
        f"{_THROUGH}test_what_a_person_says_was_not_sent_is_sent_under_a_new_key",
    ),
    Mutation(
        "no new key while an earlier try is in doubt",
        "nudge_senders/recording.py",
        "if reference is not None and is_earlier_try_in_doubt:",
        "if False:",
        f"{_THROUGH}test_a_repeat_that_was_accepted_and_not_sent_is_for_a_person",
    ),
    Mutation(
        "wait before a repeat",
        "nudge_senders/ledger/claims.py",
        'be_polled"\n        if state.not_before is not None and state.not_before > now:',
        'be_polled"\n        if False:',
        f"{_SETTLEMENT}test_a_doubt_under_a_key_that_nobody_followed_up_may_be_repeated_once_it_is_named",
    ),
    Mutation(
        "repeats under a key only",
        "nudge_senders/recording.py",
        "            may_be_repeated = is_repeatable and reference is None\n",
        "            may_be_repeated = True\n",
        f"{_SETTLEMENT}test_only_a_doubt_that_a_key_makes_harmless_says_when_it_may_be_repeated",
    ),
    Mutation(
        "settling time before a no is believed",
        "nudge_senders/settlement.py",
        "    if now < check_at:",
        "    if False:",
        f"{_SETTLEMENT}test_a_provider_that_can_be_asked_is_asked_after_the_deadline_and_the_settling_time",
    ),
    Mutation(
        "no address as an id",
        "nudge_senders/nudge.py",
        '            if re.search(ADDRESS_PATTERN, str(row.get(column) or "")):',
        "            if False:",
        f"{_DELIVERY}test_an_unusable_row_is_skipped_and_does_not_stop_the_others",
    ),
    Mutation(
        "one in doubt at a time where nobody can be asked",
        "nudge_senders/batching.py",
        "    largest = destination.settlement.batch_size\n",
        "    largest = 50\n",
        f"{_DELIVERY}test_a_doubtful_delivery_without_settlement_is_one_at_a_time",
    ),
)

MUTATIONS: tuple[Mutation, ...] = (*STOPS, *LEASES, *LAST_MOMENT, *TRUST, *PACE, *MEMORY)
