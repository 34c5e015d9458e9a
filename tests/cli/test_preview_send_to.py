"""`preview --send-to` writes to the named recipient and nobody else, and the ledger knows nothing of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from dagster_project import trial_send
from nudge_senders.destination import Delivery, NoSettlement, Request, Settlement, StateSet
from nudge_senders.errors import EffectUnknown, NotSent
from nudge_senders.outcome import Dead, Pending, Sent, Uncertain, Verdict
from nudge_senders.settings import SenderSettings
from nudge_senders.vocabulary import Channel
from tests.nudge_senders.world import START, FakeDestination
from tests.validation.house import House


@dataclass
class Provider(FakeDestination):
    """Takes every test, whichever destination is asked for, and remembers it."""

    deliveries: list[Delivery] = field(default_factory=list)

    def build_request(self, delivery: Delivery) -> Request:
        self.deliveries.append(delivery)
        return super().build_request(delivery)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    """The provider, in the place of whatever destination is asked for."""
    made = Provider()

    def build(name: str, settings: SenderSettings) -> Provider:
        made.name = name
        return made

    monkeypatch.setattr(trial_send, "build_destination", build)
    return made


def test_what_a_destination_needs_is_named_and_nothing_is_sent(house: House) -> None:
    before = house.fingerprint()

    result = house.run("preview", "email_how_to", "--send-to", "me@vendor.example")

    assert result.exit_code == 2
    assert "hubspot is not configured: HUBSPOT_ACCESS_TOKEN is missing" in result.stderr
    assert house.fingerprint() == before


@pytest.mark.parametrize(
    ("name", "address", "told"),
    [
        ("email_how_to", "U0123456", "an email address"),
        ("email_how_to", "me@vendor.example\r\nBcc: all@vendor.example", "an email address"),
        ("email_how_to", "me@vendor.example,all@vendor.example", "an email address"),
        ("csm_alert", "me@vendor.example", "the Slack id of a person or a channel"),
        ("csm_alert", "#general", "the Slack id of a person or a channel"),
        ("in_app_hint", "me@vendor.example", "a user id"),
        ("in_app_hint", "", "a user id"),
    ],
)
def test_what_is_no_recipient_of_the_channel_is_refused(
    house: House, provider: Provider, name: str, address: str, told: str
) -> None:
    result = house.run("preview", name, "--send-to", address)

    assert result.exit_code == 2, result.output
    assert f"--send-to has to be {told}" in result.stderr
    assert "Bcc" not in result.output
    assert provider.calls == []


@pytest.mark.parametrize("environ", [{}, {"MILESTONE_AGENT_LIVE": "1", "MILESTONE_AGENT_ENV": "prod"}])
def test_a_nudge_of_the_queue_goes_to_the_named_recipient_only_and_the_ledger_is_left_alone(
    house: House, provider: Provider, environ: dict[str, str]
) -> None:
    house.environ = environ
    before = house.fingerprint()

    result = house.run("preview", "n2", "--send-to", "me@vendor.example")

    assert result.exit_code == 0, result.output
    assert "Sent, receipt receipt (test trial-" in result.stdout
    assert "through hubspot" in result.stdout
    assert house.fingerprint() == before
    (delivery,) = provider.deliveries
    (nudge,) = delivery.nudges
    assert nudge.contact_email == "me@vendor.example"
    assert nudge.nudge_id.startswith("trial-") and delivery.idempotency_key == nudge.nudge_id
    assert "Hello Ada" in delivery.messages[nudge.nudge_id].text
    assert "ada@" not in repr(delivery)
    assert "bob@" not in repr(delivery) and "csm.example" not in repr(delivery)


def test_two_tests_are_two_messages(house: House, provider: Provider) -> None:
    for _ in range(2):
        house.run("preview", "n2", "--send-to", "me@vendor.example")
    first, second = (request.payload["key"] for request in provider.calls)
    assert first != second


@pytest.mark.parametrize(("name", "address"), [("n3", "U0123456"), ("csm_alert", "C0123456")])
def test_a_card_goes_to_a_person_or_a_channel_of_slack(
    house: House, provider: Provider, name: str, address: str
) -> None:
    result = house.run("preview", name, "--send-to", address)

    assert result.exit_code == 0, result.output
    (delivery,) = provider.deliveries
    assert (delivery.nudges[0].csm_slack_id, delivery.nudges[0].csm_email) == (address, None)
    assert "through slack" in result.stdout


@pytest.mark.parametrize(
    ("answer", "exit_code", "told"),
    [
        (Verdict(Sent("r-1")), 0, "Sent, receipt r-1"),
        (Verdict(Pending("s-1", START, "PENDING")), 0, "Accepted, not yet sent: PENDING, s-1"),
        (Verdict(Dead("request_rejected", "400")), 1, "Not sent: request_rejected (400)"),
        (Verdict(Uncertain("server_error", None, "500")), 1, "look before you repeat it: server_error (500)"),
        (NotSent("connection_failed"), 1, "Not sent, may be tried again: connection_failed"),
        (EffectUnknown("connection_broke"), 1, "It may have been sent"),
    ],
)
def test_the_verdict_is_told(
    house: House, provider: Provider, answer: Verdict | Exception, exit_code: int, told: str
) -> None:
    provider.answers = lambda request: answer

    result = house.run("preview", "email_how_to", "--send-to", "me@vendor.example")

    assert result.exit_code == exit_code
    assert told in result.output


@pytest.mark.parametrize(
    ("settlement", "answer", "is_told"),
    [
        (StateSet(), Verdict(Sent("r-1")), True),
        (StateSet(), EffectUnknown("connection_broke"), True),
        (StateSet(), Verdict(Dead("request_rejected")), False),
        (NoSettlement(), Verdict(Sent("r-1")), False),
    ],
)
def test_a_hint_that_a_test_leaves_showing_is_said_to_stay(
    house: House, provider: Provider, settlement: Settlement, answer: Verdict | Exception, is_told: bool
) -> None:
    provider.answers = lambda request: answer
    provider.settlement = settlement

    result = house.run("preview", "in_app_hint", "--send-to", "user-1")

    assert ("until you clear it for this user in intercom" in result.output) == is_told


@pytest.mark.parametrize("is_file", [True, False])
def test_a_halt_stops_a_test_as_well(house: House, provider: Provider, is_file: bool) -> None:
    if is_file:
        (house.root / "home" / "HALT").touch()
    else:
        house.environ = {"MILESTONE_AGENT_HALT": "1"}

    result = house.run("preview", "email_how_to", "--send-to", "me@vendor.example")

    assert (result.exit_code, provider.calls) == (2, [])
    assert "halted" in result.stderr


def test_another_destination_can_be_named_but_only_one_of_the_channel(
    house: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()

    result = house.run("preview", "email_how_to", "--send-to", "me@vendor.example", "--destination", "outbox")
    assert result.exit_code == 0, result.output
    (line,) = (house.outbox / "dev/trial/deliveries.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["nudge_ids"][0].startswith("trial-")

    for name in ("intercom", "no-such"):
        result = house.run("preview", "csm_alert", "--send-to", "U0123456", "--destination", name)
        assert result.exit_code == 2, result.output
    result = house.run("preview", "csm_alert", "--destination", "outbox")
    assert (result.exit_code, "goes with --send-to" in result.stderr) == (2, True)


def test_a_destination_that_does_not_carry_the_channel_gets_nothing(house: House, provider: Provider) -> None:
    provider.channels = frozenset({Channel.EMAIL})

    result = house.run("preview", "csm_alert", "--send-to", "U0123456", "--destination", "hubspot")

    assert (result.exit_code, provider.calls) == (2, [])
    assert "hubspot does not carry channel human" in result.stderr


def test_of_several_variants_one_has_to_be_named(house: House, provider: Provider) -> None:
    house.append("message_templates", "email_how_to,workspace_created,,short,hubspot,77,1,true")

    result = house.run("preview", "email_how_to/workspace_created", "--send-to", "me@vendor.example")
    assert result.exit_code == 2
    assert "variants (none), short" in result.stderr

    result = house.run("preview", "email_how_to/workspace_created@short", "--send-to", "me@vendor.example")
    assert result.exit_code == 0, result.output
    (delivery,) = provider.deliveries
    assert delivery.nudges[0].vendor_template_id == "77"


def test_a_nudge_that_is_long_gone_has_no_message_of_its_own(house: House, provider: Provider) -> None:
    result = house.run("preview", "n5", "--send-to", "me@vendor.example")

    assert (result.exit_code, provider.calls) == (2, [])
    assert "name a template" in result.stderr
