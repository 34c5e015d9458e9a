"""What HubSpot is asked to send, and what its answers mean. Nothing is contacted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hubspot.marketing.transactional import Configuration, EmailSendStatusView

from nudge_senders.destination import Delivery, Inquiry, NativeKey, Request, Response, make_delivery
from nudge_senders.destinations.hubspot import RESULTS, SETTINGS, HubSpotDestination
from nudge_senders.errors import SettingsUnusable, UnusableQueueRow
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Dead, NeedsReview, Pending, Retryable, Sent, Suppressed, Uncertain, Verdict
from nudge_senders.rendering import render
from nudge_senders.samples import SAMPLE_NUDGE
from nudge_senders.vendor_settings import read_settings
from nudge_senders.vocabulary import Action
from tests.nudge_senders.world import START

NUDGE = replace(SAMPLE_NUDGE, nudge_id="n1", destination="hubspot")
MINUTE = timedelta(minutes=1)


def _hubspot(**environ: str) -> HubSpotDestination:
    given = {"HUBSPOT_ACCESS_TOKEN": "pat-1", "HUBSPOT_EMAIL_ID": "4711"} | environ
    return HubSpotDestination(read_settings("hubspot", SETTINGS, given))


def _delivery(nudge: Nudge = NUDGE) -> Delivery:
    return make_delivery(
        [nudge],
        {nudge.nudge_id: render(nudge)},
        attempt=1,
        first_attempted_at=START,
        deadline_at=START + timedelta(seconds=30),
    )


def _answer(body: object, *, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status=status, body=body, headers=named, received_at=START)


def _said(response: Response) -> Any:
    hubspot, delivery = _hubspot(), _delivery()
    verdict = hubspot.parse_response(delivery, hubspot.build_request(delivery), response)
    assert isinstance(verdict, Verdict)
    return verdict.all_nudges


def test_an_email_of_ours_travels_in_the_generic_one_and_writes_nothing_to_the_contact() -> None:
    payload = _hubspot().build_request(_delivery()).payload
    assert payload["emailId"] == 4711
    assert payload["message"] == {"to": "ada@acme.example", "sendId": "n1"}
    assert set(payload) == {"emailId", "message", "customProperties"}
    properties: Any = payload["customProperties"]
    assert properties["subject"] == "Integration connected: a short guide"
    assert "<p>The next step for Acme &amp; Sons is" in properties["body_html"]
    assert all(isinstance(value, str) for value in properties.values())


def test_an_email_that_lives_in_hubspot_gets_its_values_as_html_and_nothing_internal() -> None:
    nudge = replace(NUDGE, vendor_template_id="99", account_name="<script>&co")
    payload = _hubspot().build_request(_delivery(nudge)).payload
    assert payload["emailId"] == 99
    properties: Any = payload["customProperties"]
    assert properties["account_name"] == "&lt;script&gt;&amp;co"
    assert "hours_overdue" not in properties and "digest_key" not in properties
    assert all(isinstance(value, str) for value in properties.values())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"contact_email": "ada@acme.example\r\nBcc: all@acme.example"}, "recipient_unusable"),
        ({"contact_email": "ada@acme.example\x00"}, "recipient_unusable"),
        ({"contact_email": "ada@acme.example, eve@evil.example"}, "recipient_unusable"),
        ({"contact_email": "Ada <ada@acme.example>"}, "recipient_unusable"),
        ({"contact_email": '"x"@[127.0.0.1]'}, "recipient_unusable"),
        ({"contact_email": "a@b"}, "recipient_unusable"),
        ({"contact_email": "\u0430da@acme.example"}, "recipient_unusable"),
        ({"contact_email": "a" * 10_000 + "@acme.example"}, "recipient_unusable"),
        ({"contact_email": None}, "recipient_unusable"),
        ({"vendor_template_id": "welcome"}, "vendor_template_unusable"),
    ],
)
def test_what_cannot_be_addressed_is_dead_before_any_request(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnusableQueueRow) as error:
        _hubspot().build_request(_delivery(replace(NUDGE, **change)))
    assert error.value.reason_code == reason
    assert "@" not in str(error.value)


def test_a_line_break_in_a_subject_is_refused() -> None:
    delivery = _delivery()
    broken = replace(delivery.messages["n1"], title="Hello\r\nBcc: all@acme.example")
    with pytest.raises(UnusableQueueRow) as error:
        _hubspot().build_request(replace(delivery, messages={"n1": broken}))
    assert error.value.reason_code == "header_unusable"


@pytest.mark.parametrize("number", ["", "welcome mail"])
def test_without_the_number_of_the_generic_email_nothing_is_built(number: str) -> None:
    with pytest.raises(SettingsUnusable, match="HUBSPOT_EMAIL_ID"):
        _hubspot(HUBSPOT_EMAIL_ID=number)


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (
            _answer({"statusId": "s1", "status": "PENDING"}),
            Pending("s1", START + MINUTE, "PENDING"),
        ),
        (
            _answer({"statusId": "s1", "status": "PROCESSING", "sendResult": "QUEUED"}),
            Pending("s1", START + MINUTE, "QUEUED"),
        ),
        (
            _answer({"statusId": "s1", "status": "COMPLETE", "sendResult": "QUEUED"}),
            Pending("s1", START + MINUTE, "QUEUED"),
        ),
        (
            _answer({"statusId": "s1", "status": "COMPLETE", "sendResult": "SENT", "eventId": {"id": "e1"}}),
            Sent("e1", "SENT"),
        ),
        (
            _answer({"statusId": "s1", "status": "COMPLETE", "sendResult": "IDEMPOTENT_IGNORE"}),
            Sent("s1", "IDEMPOTENT_IGNORE"),
        ),
        (
            _answer({"statusId": "s1", "status": "COMPLETE", "sendResult": "OF_THE_FUTURE"}),
            NeedsReview("send_result_unknown", "s1", "OF_THE_FUTURE"),
        ),
        (
            _answer({"statusId": "s1", "status": "COMPLETE"}),
            NeedsReview("send_result_unknown", "s1", "COMPLETE"),
        ),
        (
            _answer({"statusId": "s1", "status": "COMPLETE", "sendResult": "THROTTLED"}),
            Retryable("rate_limited", provider_status="THROTTLED", provider_ref="s1"),
        ),
        (_answer({"statusId": "s1", "status": "CANCELED"}), Dead("cancelled_by_provider", "CANCELED")),
        (_answer({"statusId": "s1", "status": "NEW"}), Uncertain("status_unknown", "s1", "NEW")),
        (_answer({"status": "PENDING"}), Uncertain("answer_not_understood", provider_status="200")),
        (_answer(None), Uncertain("answer_not_understood", provider_status="200")),
        (_answer(None, status=500), Uncertain("server_error", provider_status="500")),
        (_answer(None, status=302), Uncertain("redirected", provider_status="302")),
        (_answer({}, status=400), Dead("request_rejected", "400")),
        (_answer({}, status=409), NeedsReview("key_conflict", provider_status="409")),
        (
            _answer({}, status=401),
            Retryable("credentials_rejected", provider_status="401"),
        ),
        (
            _answer({"policyName": "DAILY"}, status=429),
            Retryable("quota_exhausted", provider_status="429"),
        ),
        (
            _answer({"policyName": "TEN_SECONDLY_ROLLING"}, status=429),
            Retryable("rate_limited", START + timedelta(seconds=10), "429"),
        ),
        (
            _answer(None, status=429, x_hubspot_ratelimit_interval_milliseconds="2000"),
            Retryable("rate_limited", START + timedelta(seconds=2), "429"),
        ),
        (
            _answer(None, status=429, retry_after="7"),
            Retryable("rate_limited", START + timedelta(seconds=7), "429"),
        ),
    ],
)
def test_every_answer_to_a_send_has_its_meaning(response: Response, outcome: Any) -> None:
    assert _said(response) == outcome


def _results_of_the_client() -> list[str]:
    """What the client itself says that a result may be: it refuses every other one."""
    checked = Configuration()
    checked.client_side_validation = True
    with pytest.raises(ValueError, match="must be one of") as error:
        EmailSendStatusView(
            status_id="s", status="COMPLETE", send_result="NONE_OF_THEM", local_vars_configuration=checked
        )
    listed = str(error.value).partition("must be one of ")[2]
    return [word.strip(" '[]") for word in listed.split(",")]


def test_every_result_that_hubspot_knows_is_mapped() -> None:
    known = {
        *_results_of_the_client(),
        # Results of newer versions of the API than the client's.
        "ATTACHMENT_DOWNLOAD_QUEUE_FULL",
        "BRAND_RECIPIENT_FATIGUE_SUPPRESSED",
        "CONTACT_VIEW_PERMISSION",
        "HUBL_LIMIT_EXCEEDED",
        "INVALID_APP_ID_ATTRIBUTION",
        "LOW_CONTACT_QUALITY_SCORE",
        "MARKETING_ACTIVATION_DISALLOWED",
        "UBB_GOVERNANCE_MISSING",
    }
    assert len(known) == 51
    assert known == {*RESULTS, "QUEUED"}
    kinds: dict[type, set[str]] = {}
    for result in sorted(known):
        said = _said(_answer({"statusId": "s1", "status": "COMPLETE", "sendResult": result}))
        assert said.provider_status == result
        kinds.setdefault(type(said), set()).add(result)
    assert kinds[Sent] == {"SENT", "IDEMPOTENT_IGNORE"}
    assert kinds[Pending] == {"QUEUED"}
    assert kinds[NeedsReview] == {"IDEMPOTENT_FAIL", "MTA_IGNORE"}
    assert {"ADDRESS_OPTED_OUT", "PREVIOUS_SPAM", "PREVIOUSLY_BOUNCED"} <= kinds[Suppressed]
    assert {"MISSING_CONTENT", "INVALID_TO_ADDRESS"} <= kinds[Dead]
    assert {"THROTTLED", "PORTAL_SUSPENDED", "PORTAL_OVER_LIMIT"} <= kinds[Retryable]
    assert Uncertain not in kinds


def _inquiry(provider_ref: str | None, minutes: int) -> Inquiry:
    return Inquiry(
        delivery_id="d1",
        action=Action.DELIVER,
        namespace="prod/live",
        nudge_ids=("n1",),
        attempt=1,
        attempted_at=START,
        deadline_at=START + timedelta(seconds=30),
        asked_at=START + timedelta(minutes=minutes),
        account_id=None,
        contact_id=None,
        milestone_key=None,
        provider_ref=provider_ref,
        provider_status=None,
    )


@pytest.mark.parametrize(("minutes", "wait"), [(2, 1), (10, 5)])
def test_a_status_is_polled_until_it_is_final_first_often_then_less(minutes: int, wait: int) -> None:
    hubspot, inquiry = _hubspot(), _inquiry("s1", minutes)
    question = hubspot.build_inquiry(inquiry)
    assert isinstance(question, Request) and not question.has_effect
    again = hubspot.parse_inquiry(inquiry, question, _answer({"status": "PROCESSING"}))
    assert again == Verdict(Pending("s1", inquiry.asked_at + timedelta(minutes=wait), "PROCESSING"))
    done = hubspot.parse_inquiry(
        inquiry, question, _answer({"status": "COMPLETE", "sendResult": "PREVIOUSLY_BOUNCED"})
    )
    assert done == Verdict(Suppressed("bounced", "PREVIOUSLY_BOUNCED"))
    refused = hubspot.parse_inquiry(inquiry, question, _answer(None, status=404))
    assert refused == Verdict(Uncertain("inquiry_refused", provider_status="404"))


def test_with_a_lost_status_id_the_send_is_repeated_under_the_same_key() -> None:
    hubspot = _hubspot()
    assert hubspot.build_inquiry(_inquiry(None, 2)) is None
    assert isinstance(hubspot.settlement, NativeKey)
    later = replace(_delivery(), attempt=2)
    assert hubspot.build_request(later).payload == hubspot.build_request(_delivery()).payload
