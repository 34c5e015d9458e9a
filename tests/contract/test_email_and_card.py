"""What holds for HubSpot and for Slack alone: one email per key, and a card that is found again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from nudge_senders.destination import make_delivery
from nudge_senders.outcome import NeedsReview, Pending, Retryable, Sent, Suppressed, Uncertain
from nudge_senders.rendering import render
from tests.contract.stand_ins import slack
from tests.contract.table import CASES, Case
from tests.contract.talk import deliver, delivery_of, inquire, nudge_of

_CASE = {case.name: case for case in CASES}


@contextmanager
def _talking_to(name: str, **environ: str) -> Iterator[tuple[Case, Any, Any]]:
    case = _CASE[name]
    stand_in = case.stand_in()
    try:
        yield case, stand_in, case.destination(stand_in, **environ)
    finally:
        stand_in.close()


# -- HubSpot


@pytest.mark.parametrize("fault", ["before_reset", "after_reset"])
def test_after_a_lost_answer_the_very_same_request_is_repeated(fault: str) -> None:
    with _talking_to("hubspot") as (case, stand_in, destination):
        stand_in.fault = fault
        outcome, reference = deliver(destination, delivery_of(case))
        assert (type(outcome), reference) == (Uncertain, None)
        stand_in.fault = None
        accepted, _ = deliver(destination, delivery_of(case, attempt=2))
        assert isinstance(accepted, Pending)
        assert stand_in.delivered == ["nudge-1"]
        assert len({seen.raw for seen in stand_in.effects}) == 1


def test_a_status_is_polled_until_it_is_final_and_its_result_is_the_truth() -> None:
    with _talking_to("hubspot") as (case, stand_in, destination):
        stand_in.result, stand_in.questions_until_final = "ADDRESS_OPTED_OUT", 3
        outcome, reference = deliver(destination, delivery_of(case))
        assert isinstance(outcome, Pending)
        for _ in range(2):
            assert isinstance(inquire(destination, delivery_of(case), reference), Pending)
        said = inquire(destination, delivery_of(case), reference)
        assert said == Suppressed("opted_out", "ADDRESS_OPTED_OUT")
        assert (stand_in.delivered, stand_in.contact_writes) == ([], [])


def test_one_key_with_two_bodies_goes_to_a_person() -> None:
    with _talking_to("hubspot") as (case, stand_in, destination):
        deliver(destination, delivery_of(case))
        _, reference = deliver(destination, delivery_of(case, account_name="Another"))
        said = inquire(destination, delivery_of(case), reference)
        assert isinstance(said, NeedsReview)
        assert said.reason_code == "key_conflict"
        assert stand_in.delivered == ["nudge-1"]


def test_an_email_in_the_vendors_own_tool_gets_values_that_its_models_take() -> None:
    with _talking_to("hubspot") as (case, stand_in, destination):
        outcome, _ = deliver(destination, delivery_of(case, vendor_template_id="4711"))
        assert isinstance(outcome, Pending)
        assert stand_in.used["nudge-1"]["customProperties"]["contact_name"] == "Ada Lovelace"


# -- Slack


def test_a_card_that_slack_wrote_and_denied_is_found_in_the_history_of_a_busy_conversation() -> None:
    with _talking_to("slack") as (case, stand_in, destination):
        stand_in.denial = "internal_error"
        outcome, channel = deliver(destination, delivery_of(case))
        assert outcome == Uncertain("internal_error")
        assert channel == "D0123456"
        for number in range(10):
            stand_in.write(channel, text=f"other {number}", metadata={"event_type": "x", "event_payload": {}})
        said = inquire(destination, delivery_of(case), channel)
        assert said == Sent("D0123456:1772445601.000100")
        pages = [seen for seen in stand_in.seen if seen.path.endswith("conversations.history")]
        assert len(pages) == 4
        assert stand_in.delivered == ["nudge-1"]


def test_another_nudges_card_is_not_taken_for_this_one() -> None:
    with _talking_to("slack") as (case, _, destination):
        _, channel = deliver(destination, delivery_of(case, "nudge-2"))
        assert channel is not None
        said = inquire(destination, delivery_of(case), channel.partition(":")[0])
        assert isinstance(said, Retryable)


@pytest.mark.parametrize("error", ["ratelimited", "token_revoked", "channel_not_found", "invalid_blocks"])
def test_a_card_that_slack_refused_is_certainly_not_there(error: str) -> None:
    with _talking_to("slack") as (case, stand_in, destination):
        stand_in.refusal = slack.no(error)
        outcome, _ = deliver(destination, delivery_of(case))
        assert not isinstance(outcome, (Sent, Pending, Uncertain))
        assert stand_in.delivered == []


def test_a_card_for_somebody_unknown_goes_to_the_fallback_channel_and_is_found_there() -> None:
    with _talking_to("slack", SLACK_FALLBACK_CHANNEL=slack.FALLBACK) as (case, stand_in, destination):
        stand_in.fault = "after_reset"
        delivery = delivery_of(case, **case.unknown)
        outcome, channel = deliver(destination, delivery)
        assert isinstance(outcome, Uncertain)
        assert channel == slack.FALLBACK
        assert isinstance(inquire(destination, delivery, channel), Sent)


def test_a_digest_is_one_card_that_is_found_by_its_delivery() -> None:
    with _talking_to("slack") as (case, stand_in, destination):
        nudges = [nudge_of(case, nudge_id, digest_key="morning") for nudge_id in ("a", "b", "c")]
        (group,) = destination.group(nudges)
        first = delivery_of(case)
        messages = {nudge.nudge_id: render(nudge) for nudge in group}
        digest = make_delivery(
            group,
            messages,
            attempt=1,
            first_attempted_at=first.first_attempted_at,
            deadline_at=first.deadline_at,
        )
        stand_in.fault = "after_500"
        outcome, channel = deliver(destination, digest)
        assert isinstance(outcome, Uncertain)
        # Two of them were answered by a person meanwhile; the question is about the third.
        assert isinstance(inquire(destination, replace(digest, nudges=group[2:]), channel), Sent)
        assert stand_in.delivered == [digest.delivery_id]


def test_a_check_names_the_scopes_that_a_token_lacks() -> None:
    with _talking_to("slack", SLACK_FALLBACK_CHANNEL=slack.FALLBACK) as (_, stand_in, destination):
        said = destination.check()
        assert (said.is_good, said.said) == (
            False,
            "the token lacks the scopes channels:history or groups:history",
        )
        stand_in.scopes = "chat:write, im:write, users:read, users:read.email, groups:history"
        assert destination.check().said == "the token lacks the scopes im:history"
        stand_in.scopes += ",im:history"
        assert destination.check().is_good
        assert stand_in.effects == []
