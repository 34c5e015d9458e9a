"""What holds for one vendor only: its own traps, each shown once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nudge_senders.destination import NativeKey, NoSettlement, Request
from nudge_senders.destinations.webhook import WebhookDestination, sign
from nudge_senders.errors import NotSent, SettingsUnusable, UnusableQueueRow
from nudge_senders.http_call import HttpCaller
from nudge_senders.message import Message
from nudge_senders.outcome import Dead, Pending, Retryable, Sent, Suppressed
from nudge_senders.registry import settings_of
from nudge_senders.vendor_settings import read_settings
from nudge_senders.vocabulary import Action, Channel
from nudge_senders.webhook_hosts import is_public
from tests.contract.stand_ins.stand_in import Answer
from tests.contract.table import CASES, PATIENCE, Case
from tests.contract.talk import deliver, delivery_of, inquire, leaving_request
from tests.nudge_senders.world import START

CASE = {case.name: case for case in CASES}


@contextmanager
def talking_to(name: str, **changes: str) -> Iterator[tuple[Case, Any, Any]]:
    """The case, its stand-in, and the destination."""
    case = CASE[name]
    stand_in: Any = case.stand_in()
    try:
        yield case, stand_in, case.destination(stand_in, **changes)
    finally:
        stand_in.close()


# -- hints


@pytest.mark.parametrize("name", ["intercom", "pendo", "braze"])
def test_a_hint_says_milestone_text_and_whose_it_is_within_what_a_vendor_keeps(name: str) -> None:
    with talking_to(name) as (case, _, destination):
        delivery = delivery_of(case)
        long = Message(
            channel=Channel.IN_APP,
            template_name="t",
            template_hash="h",
            title="T" * 300,
            paragraphs=("word " * 100,),
            link_url="https://help.example/x",
        )
        request = leaving_request(destination, replace(delivery, messages={"nudge-1": long}))
        assert isinstance(request, Request)
        body: Any = request.payload
        values = {
            "intercom": lambda: body["custom_attributes"],
            "pendo": lambda: body["visitors"][0]["values"],
            "braze": lambda: body["attributes"][0],
        }[name]()
        assert values["onboarding_hint_nudge_id"] == "nudge-1"
        assert values["onboarding_hint_milestone"] == delivery.nudges[0].milestone_key
        assert values["onboarding_hint_url"] == "https://help.example/x"
        assert len(values["onboarding_hint_title"]) <= 255
        assert 200 < len(values["onboarding_hint_text"]) <= 255
        assert values["onboarding_hint_text"].endswith("word…")
        too_long = replace(long, link_url="https://help.example/" + "x" * 255)
        with pytest.raises(UnusableQueueRow):
            destination.build_request(replace(delivery, messages={"nudge-1": too_long}))


@pytest.mark.parametrize("name", ["intercom", "braze"])
def test_who_has_no_user_id_is_found_by_email(name: str) -> None:
    with talking_to(name) as (case, stand_in, destination):
        known = {"intercom": "c0ffee02", "braze": "b2"}[name]
        delivery = delivery_of(case, contact_user_id=None, contact_email="bob@customer.example")
        outcome, reference = deliver(destination, delivery)
        assert isinstance(outcome, (Sent, Pending))
        assert reference == known
        assert stand_in.shown(known) == "nudge-1"


@pytest.mark.parametrize(
    ("name", "whole"), [("intercom", "these contact attributes"), ("pendo", "these visitor fields")]
)
def test_a_check_names_the_values_that_the_vendor_does_not_know(name: str, whole: str) -> None:
    with talking_to(name) as (_, stand_in, destination):
        known = stand_in.attributes if name == "intercom" else stand_in.fields
        known.remove("onboarding_hint_url")
        answer = destination.check()
        assert not answer.is_good
        assert answer.said == f"{whole} do not exist: onboarding_hint_url"


@pytest.mark.parametrize("name", ["pendo", "braze"])
def test_what_is_accepted_but_not_readable_yet_is_asked_about_again(name: str) -> None:
    with talking_to(name) as (case, stand_in, destination):
        stand_in.is_slow = True
        delivery = delivery_of(case)
        outcome, reference = deliver(destination, delivery)
        assert isinstance(outcome, Pending)
        assert outcome.check_at == START + timedelta(minutes=2)
        stand_in.is_slow = False
        assert isinstance(inquire(destination, delivery, reference), Sent)
        assert stand_in.delivered == ["nudge-1"]


@pytest.mark.parametrize("action", [Action.DELIVER, Action.WITHDRAW])
def test_a_pendo_value_that_cannot_be_read_back_at_all_is_asked_about_later(action: Action) -> None:
    with talking_to("pendo") as (case, stand_in, destination):
        deliver(destination, delivery_of(case))
        delivery = delivery_of(case, action=action, provider_ref="user-1")
        request = leaving_request(destination, delivery)
        read_back = destination.parse_response(delivery, request, destination.call(request))
        stand_in.fault, stand_in.hits_reads = "before_500", True
        verdict = destination.parse_response(delivery, read_back, destination.call(read_back))
        assert isinstance(verdict.all_nudges, Pending)


def test_a_pendo_visitor_whose_id_is_an_address_is_asked_about_without_it() -> None:
    with talking_to("pendo") as (case, stand_in, destination):
        delivery = delivery_of(case, contact_user_id="ada@customer.example")
        stand_in.fault = "after_reset"
        _, reference = deliver(destination, delivery)
        assert reference is not None
        assert reference.startswith("sha256:")
        stand_in.fault = None
        assert isinstance(inquire(destination, delivery, reference), Sent)
        asked = stand_in.seen[-1]
        assert b"ada@" not in asked.raw
        assert "ada" not in asked.path
        stand_in.show("another")
        stand_in.visitors["ada@customer.example"].clear()
        assert isinstance(inquire(destination, delivery, reference), Retryable)


def test_a_braze_error_at_success_status_is_a_failure() -> None:
    with talking_to("braze") as (case, stand_in, destination):
        stand_in.minor_error = "'external_id' is invalid"
        outcome, _ = deliver(destination, delivery_of(case))
        assert outcome == Dead("request_rejected", provider_status="201")
        assert stand_in.delivered == []


def test_braze_is_told_of_one_existing_user_and_of_no_campaign() -> None:
    with talking_to("braze") as (case, stand_in, destination):
        deliver(destination, delivery_of(case))
        assert {seen.path for seen in stand_in.seen} == {"/users/export/ids", "/users/track"}
        (sent,) = stand_in.effects
        assert set(sent.body) == {"attributes"}
        (one,) = sent.body["attributes"]
        assert (one["braze_id"], one["_update_existing_only"]) == ("b1", True)


def test_braze_gets_a_quarter_of_an_hour_before_a_value_counts_as_absent() -> None:
    with talking_to("braze") as (case, stand_in, destination):
        delivery = delivery_of(case)
        stand_in.fault = "before_reset"
        _, reference = deliver(destination, delivery)
        stand_in.fault = None
        early = inquire(destination, delivery, reference, asked_at=START + timedelta(minutes=14))
        assert isinstance(early, Pending)
        assert isinstance(inquire(destination, delivery, reference), Retryable)


# -- Salesloft


def test_whom_a_colleague_put_on_the_cadence_is_left_alone() -> None:
    with talking_to("salesloft") as (case, stand_in, destination):
        stand_in.enrol()
        outcome, _ = deliver(destination, delivery_of(case))
        assert outcome == Suppressed("already_in_cadence")
        # Also when it happens between our look and our enrolment.
        stand_in.memberships.clear()
        request = leaving_request(destination, delivery_of(case))
        stand_in.now -= timedelta(hours=1)
        stand_in.enrol()
        late = destination.parse_response(delivery_of(case), request, destination.call(request))
        found = destination.parse_response(delivery_of(case), late, destination.call(late))
        assert found.all_nudges == Suppressed("already_in_cadence")
        assert stand_in.delivered == []


def test_who_left_the_cadence_long_ago_may_enter_it_again() -> None:
    with talking_to("salesloft") as (case, stand_in, destination):
        stand_in.now -= timedelta(days=30)
        stand_in.enrol()["currently_on_cadence"] = False
        stand_in.now += timedelta(days=30)
        outcome, _ = deliver(destination, delivery_of(case))
        assert isinstance(outcome, Sent)
        assert stand_in.delivered == ["nudge-1"]


def test_who_may_not_be_contacted_is_not() -> None:
    with talking_to("salesloft") as (case, stand_in, destination):
        outcome, _ = deliver(destination, delivery_of(case, contact_email="closed@customer.example"))
        assert outcome == Suppressed("do_not_contact")
        assert stand_in.effects == []


def test_an_enrolment_that_took_effect_late_is_not_made_again() -> None:
    with talking_to("salesloft") as (case, stand_in, destination):
        stand_in.fault = "after_reset"
        deliver(destination, delivery_of(case))
        stand_in.fault = None
        outcome, _ = deliver(destination, delivery_of(case, attempt=2))
        assert isinstance(outcome, Sent)
        assert stand_in.delivered == ["nudge-1"]


def test_what_is_known_of_an_enrolment_before_it_is_made_is_enough_to_take_it_back() -> None:
    with talking_to("salesloft") as (case, stand_in, destination):
        request = leaving_request(destination, delivery_of(case))
        assert isinstance(request, Request)
        assert request.address_ref == f"person:11:77:{int(START.timestamp())}"
        destination.call(request)
        assert stand_in.shown() == "nudge-1"
        withdrawal = delivery_of(case, action=Action.WITHDRAW, provider_ref=request.address_ref)
        outcome, _ = deliver(destination, withdrawal)
        assert isinstance(outcome, Sent)
        assert stand_in.shown() is None


def test_the_template_chooses_the_cadence_and_has_to_name_a_number() -> None:
    with talking_to("salesloft", SALESLOFT_CADENCE_ID="1") as (case, _, destination):
        outcome, _ = deliver(destination, delivery_of(case, vendor_template_id="77"))
        assert isinstance(outcome, Sent)
        with pytest.raises(UnusableQueueRow, match="no number of a cadence"):
            destination.build_request(delivery_of(case, vendor_template_id="welcome"))


# -- webhooks


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example that the authors of the scheme publish with their libraries."""
    environ = {
        "ZAPIER_WEBHOOK_URL": "https://hooks.flow.example/x",
        "ZAPIER_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "WEBHOOK_ALLOWED_HOSTS": "hooks.flow.example",
    }
    values = read_settings("zapier", settings_of("zapier"), environ)
    destination = WebhookDestination("zapier", frozenset(Channel), values)
    signature = sign(destination._key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_flow_reads_the_nudge_as_plain_text_and_slack_reads_it_escaped() -> None:
    with talking_to("zapier") as (case, stand_in, destination):
        deliver(destination, delivery_of(case, account_name="<!channel> & Sons"))
        body = stand_in.effects[0].body
        assert body["nudge_id"] == "nudge-1"
        assert body["recipient"]["csm_name"] == "Cy <S>"
        assert "contact_email" not in body["recipient"]
        assert "<!channel> & Sons" in body["message"]["title"] + body["message"]["text"]
        assert "&lt;!channel&gt; &amp; Sons" in body["slack_text"]
        assert "<!" not in body["slack_text"]


def test_a_repetition_has_the_same_body_though_time_has_passed() -> None:
    with talking_to("moveworks") as (case, _, destination):
        bodies = [
            destination.build_request(delivery_of(case, hours_overdue=hours, tick_id=f"tick-{hours}")).payload
            for hours in (49.0, 49.2)
        ]
        assert bodies[0] == bodies[1]


def test_doubt_about_a_webhook_goes_to_a_person_unless_the_operator_prefers_a_repetition() -> None:
    with talking_to("zapier") as (_, _, destination):
        assert isinstance(destination.settlement, NoSettlement)
    with talking_to("zapier", ZAPIER_WHEN_IN_DOUBT="repeat") as (_, _, destination):
        assert isinstance(destination.settlement, NativeKey)


@pytest.mark.parametrize("status", [404, 410])
def test_a_webhook_that_was_removed_kills_no_nudge(status: int) -> None:
    with talking_to("zapier") as (case, stand_in, destination):
        stand_in.refusal = Answer(status)
        outcome, _ = deliver(destination, delivery_of(case))
        assert isinstance(outcome, Retryable)
        assert outcome.reason_code == "endpoint_gone"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"ZAPIER_WEBHOOK_URL": "http://hooks.flow.example/canary"},
            "ZAPIER_WEBHOOK_URL does not begin with",
        ),
        ({"WEBHOOK_ALLOWED_HOSTS": "flow.example"}, "a host that WEBHOOK_ALLOWED_HOSTS does not list"),
        (
            {"ZAPIER_WEBHOOK_SECRET": "whsec_canary-is-no-base64!!"},
            "ZAPIER_WEBHOOK_SECRET begins with whsec_",
        ),
        ({"ZAPIER_WEBHOOK_SECRET": "canary-short"}, "ZAPIER_WEBHOOK_SECRET is no signing secret"),
        ({"LINDY_WEBHOOK_TOKEN": ""}, "LINDY_WEBHOOK_TOKEN is missing"),
    ],
)
def test_unusable_settings_of_a_webhook_are_named_without_their_value(
    changes: dict[str, str], told: str
) -> None:
    name = "lindy" if any(each.startswith("LINDY") for each in changes) else "zapier"
    with pytest.raises(SettingsUnusable) as error, talking_to(name, **changes):
        raise AssertionError("it was built")
    assert told in str(error.value)
    assert "canary" not in str(error.value)


def test_a_name_that_leads_into_our_own_network_is_never_connected_to() -> None:
    asked: list[str] = []

    def rebound(host: str) -> list[str]:
        asked.append(host)
        return ["93.184.216.34", "127.0.0.1"]

    case = CASE["zapier"]
    http = HttpCaller(patience=PATIENCE, resolve=rebound, may_connect=is_public)
    destination = WebhookDestination("zapier", frozenset({Channel.HUMAN}), case.values(), http=http)
    with pytest.raises(NotSent, match="address_not_allowed"):
        destination.call(destination.build_request(delivery_of(case)))
    with pytest.raises(NotSent, match="address_not_allowed"):
        destination.check()
    assert asked == ["hooks.flow.example"] * 2
    assert WebhookDestination("zapier", frozenset(), case.values())._http._may_connect is is_public


def test_an_inquiry_without_a_usable_reference_is_not_made() -> None:
    for name in ("intercom", "braze", "salesloft"):
        with talking_to(name) as (case, stand_in, destination):
            for reference in (None, "sha256:00ff", "../me", "person:1"):
                assert inquire(destination, delivery_of(case), reference) is None
            assert stand_in.seen == []


def test_an_inquiry_never_has_an_effect() -> None:
    for name in ("intercom", "pendo", "braze", "salesloft"):
        with talking_to(name) as (case, stand_in, destination):
            _, reference = deliver(destination, delivery_of(case))
            count = len(stand_in.effects)
            inquire(destination, delivery_of(case), reference)
            assert len(stand_in.effects) == count
