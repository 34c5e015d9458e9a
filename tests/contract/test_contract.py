"""What holds for every destination against a vendor that answers, refuses, breaks or lies."""

from __future__ import annotations

import base64
import logging
import socket
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from nudge_senders.destination import Destination, Lookup, NativeKey, NoSettlement, StateSet
from nudge_senders.errors import EffectUnknown, NotSent, SettingsUnusable
from nudge_senders.http_call import HttpCaller
from nudge_senders.identity import body_hash
from nudge_senders.outcome import Dead, Pending, Retryable, Sent, Uncertain, Verdict
from nudge_senders.reasons import CREDENTIALS_REJECTED, PROVIDER_WIDE
from nudge_senders.registry import settings_of
from nudge_senders.vendor_settings import read_settings
from nudge_senders.vocabulary import Action
from tests.contract.stand_ins.stand_in import DELIVERED, NOT_DELIVERED, Answer, StandIn
from tests.contract.table import CASES, IMPATIENCE, PATIENCE, Case
from tests.contract.talk import deliver, delivery_of, inquire, leaving_request
from tests.nudge_senders.world import START


def _of_cases(fits: Callable[[Case], bool]) -> pytest.MarkDecorator:
    """The claim holds for those of the table that fit."""
    chosen = [case for case in CASES if fits(case)]
    return pytest.mark.parametrize("case", chosen, ids=[case.name for case in chosen], indirect=True)


def _asked_first(case: Case) -> bool:
    return case.is_asked_first


def _not_a_twin(case: Case) -> bool:
    """The webhooks differ in their names only, and one of them in how doubt ends."""
    return case.name not in ("lindy", "momentum", "moveworks")


# -- what goes well


def test_a_good_delivery_is_made_once_and_leaves_a_receipt(
    case: Case, stand_in: StandIn, destination: Destination
) -> None:
    delivery = delivery_of(case)
    outcome, reference = deliver(destination, delivery)
    if isinstance(outcome, Pending):
        assert outcome.check_at > START
        settled = inquire(destination, delivery, reference)
        assert settled is not None
        outcome = settled
    assert isinstance(outcome, Sent)
    assert reference
    assert "@" not in reference
    assert stand_in.delivered == ["nudge-1"]
    assert len(stand_in.effects) == 1


def test_the_same_delivery_has_the_same_body_whenever_it_is_built(case: Case, stand_in: StandIn) -> None:
    hashes = set()
    for _ in range(2):
        request = leaving_request(case.destination(stand_in), delivery_of(case))
        assert not isinstance(request, Verdict)
        hashes.add(body_hash(request.operation, request.payload))
    assert len(hashes) == 1
    assert stand_in.effects == []


@_of_cases(lambda case: case.is_checked)
def test_a_check_asks_without_an_effect_and_says_no_secret(
    case: Case, stand_in: StandIn, destination: Destination
) -> None:
    assert destination.check().is_good
    assert stand_in.effects == []
    assert stand_in.delivered == []
    key = next(name for name in case.environ if name.endswith(("_TOKEN", "_KEY")))
    wrong = case.destination(stand_in, **{key: "canary-of-another"}).check()
    assert not wrong.is_good
    assert case.check_refusal in wrong.said
    assert "canary" not in wrong.said


def test_what_is_missing_is_named_exactly(case: Case) -> None:
    required = [setting.name for setting in settings_of(case.name) if setting.is_required]
    with pytest.raises(SettingsUnusable) as error:
        read_settings(case.name, settings_of(case.name), {})
    assert [name for name in required if f"{name} is missing" in str(error.value)] == required
    assert str(error.value).count("is missing") == len(required) > 0
    secrets = [setting.name for setting in settings_of(case.name) if setting.is_secret]
    assert secrets
    assert all(name.startswith(f"{case.name.upper()}_") for name in secrets)


# -- what certainly sent nothing


def _nobody_listens() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_without_a_connection_nothing_has_left(case: Case, stand_in: StandIn) -> None:
    request = leaving_request(case.destination(stand_in), delivery_of(case))
    assert not isinstance(request, Verdict)
    assert request.has_effect

    def nowhere(host: str) -> list[str]:
        raise socket.gaierror("no such name")

    unknown_name = HttpCaller(patience=PATIENCE, resolve=nowhere)
    for there, reason in (
        (case.at(_nobody_listens()), "connection_failed"),
        (case.at("https://vendor.example", unknown_name), "name_not_resolved"),
        (case.at(stand_in.base_url.replace("http:", "https:")), "tls_failed"),
    ):
        with pytest.raises(NotSent) as error:
            there.call(request)
        assert error.value.reason_code == reason
        outcome, _ = deliver(there, delivery_of(case))
        assert outcome == Retryable(reason)
    assert stand_in.delivered == []


def test_who_is_asked_to_wait_waits_as_the_vendor_says(
    case: Case, stand_in: StandIn, destination: Destination
) -> None:
    stand_in.refusal = Answer(429, {}, dict(case.hold_off))
    outcome, _ = deliver(destination, delivery_of(case))
    assert isinstance(outcome, Retryable)
    assert (outcome.reason_code, outcome.retry_at) == ("rate_limited", case.retry_at)
    for nonsense in ("abc", "-5", "1e9", "99999999999999", "NaN", "", "Thu, 99 Foo 2026"):
        headers = dict.fromkeys(("Retry-After", "X-RateLimit-Reset"), nonsense)
        stand_in.refusal = Answer(429, {}, headers)
        outcome, _ = deliver(destination, delivery_of(case))
        assert isinstance(outcome, Retryable)
        assert outcome.retry_at == case.default_retry_at, nonsense
    assert stand_in.delivered == []


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_concern_the_provider_and_not_the_nudge(
    case: Case, stand_in: StandIn, destination: Destination, status: int
) -> None:
    stand_in.refusal = Answer(status, {"errors": [{"code": "unauthorized"}]})
    for stand_in.hits_reads in (False, True):
        outcome, _ = deliver(destination, delivery_of(case))
        assert isinstance(outcome, Retryable)
        assert outcome.reason_code == CREDENTIALS_REJECTED
        assert outcome.reason_code in PROVIDER_WIDE
    assert stand_in.delivered == []


@pytest.mark.parametrize("status", [400, 422])
def test_what_a_vendor_will_never_take_is_dead(
    case: Case, stand_in: StandIn, destination: Destination, status: int
) -> None:
    stand_in.refusal = Answer(status, {"message": "no"})
    outcome, _ = deliver(destination, delivery_of(case))
    assert outcome == Dead("request_rejected", provider_status=str(status))


@_of_cases(_asked_first)
@pytest.mark.parametrize("fault", ["before_500", "before_reset", "before_redirect", "after_garbage"])
def test_a_question_that_fails_before_anything_left_leaves_no_doubt(
    case: Case, stand_in: StandIn, destination: Destination, fault: str
) -> None:
    stand_in.fault, stand_in.hits_reads = fault, True
    outcome, _ = deliver(destination, delivery_of(case))
    assert isinstance(outcome, Retryable)
    assert stand_in.delivered == []


@_of_cases(_asked_first)
def test_a_recipient_whom_the_vendor_does_not_know_is_dead_and_not_created(
    case: Case, stand_in: StandIn, destination: Destination
) -> None:
    outcome, _ = deliver(destination, delivery_of(case, **case.unknown))
    assert outcome == Dead("recipient_unknown")
    assert stand_in.effects == []


@_of_cases(lambda case: case.is_found_by_email)
def test_an_email_that_two_people_share_chooses_none_of_them(
    case: Case, stand_in: StandIn, destination: Destination
) -> None:
    delivery = delivery_of(case, contact_user_id=None, contact_email="twin@customer.example")
    outcome, _ = deliver(destination, delivery)
    assert outcome == Dead("recipient_ambiguous")
    assert stand_in.effects == []


# -- what leaves doubt, and how it ends


@_of_cases(_not_a_twin)
@pytest.mark.parametrize("fault", [*NOT_DELIVERED, *DELIVERED])
def test_a_call_that_breaks_is_doubt_and_the_answer_to_it_is_the_truth(
    case: Case, stand_in: StandIn, destination: Destination, fault: str
) -> None:
    delivery = delivery_of(case)
    stand_in.fault = fault
    is_waited_for = not fault.endswith(("_hang", "_drip"))
    patience = PATIENCE if is_waited_for else IMPATIENCE
    outcome, reference = deliver(case.destination(stand_in, patience=patience), delivery)
    assert stand_in.delivered == (["nudge-1"] if fault in DELIVERED else [])
    assert len(stand_in.effects) == 1
    if fault in case.harmless_faults:
        assert isinstance(outcome, Sent)
        return
    assert isinstance(outcome, Uncertain), outcome
    if isinstance(destination.settlement, NoSettlement):
        assert inquire(destination, delivery, reference) is None
        return
    if isinstance(destination.settlement, NativeKey):
        stand_in.fault = None
        assert inquire(destination, delivery, reference) is None
        repeat = delivery_of(case, attempt=2)
        again, reference = deliver(destination, repeat)
        assert isinstance(again, (Sent, Pending))
        assert isinstance(again, Sent) or isinstance(inquire(destination, repeat, reference), Sent)
        assert stand_in.delivered == ["nudge-1"]
        return
    assert isinstance(destination.settlement, (StateSet, Lookup))
    stand_in.fault, stand_in.hits_reads = "before_500", True
    assert isinstance(inquire(destination, delivery, reference), Uncertain)
    stand_in.fault, stand_in.hits_reads = None, False
    settled = inquire(destination, delivery, reference)
    assert isinstance(settled, Sent if fault in DELIVERED else Retryable), settled
    if isinstance(settled, Retryable):
        again, _ = deliver(destination, delivery_of(case, attempt=2))
        assert isinstance(again, (Sent, Pending))
    assert stand_in.delivered == ["nudge-1"]


# -- what is taken back


@_of_cases(lambda case: case.is_withdrawn)
def test_only_what_is_still_this_nudges_is_taken_back(
    case: Case, stand_in: Any, destination: Destination
) -> None:
    assert Action.WITHDRAW in destination.actions
    _, reference = deliver(destination, delivery_of(case))
    stand_in.show("nudge-2")
    withdrawal = delivery_of(case, action=Action.WITHDRAW, provider_ref=reference)
    outcome, _ = deliver(destination, withdrawal)
    assert isinstance(outcome, Sent)
    assert stand_in.shown() == "nudge-2"
    assert len(stand_in.effects) == 1


@_of_cases(lambda case: case.is_withdrawn)
@pytest.mark.parametrize("fault", [None, "after_500", "before_500"])
def test_a_withdrawal_clears_its_own_state_and_its_doubt_is_settled_by_the_truth(
    case: Case, stand_in: Any, destination: Destination, fault: str | None
) -> None:
    _, reference = deliver(destination, delivery_of(case))
    assert stand_in.shown() == "nudge-1"
    stand_in.fault = fault
    withdrawal = delivery_of(case, action=Action.WITHDRAW, provider_ref=reference)
    outcome, asked_with = deliver(destination, withdrawal)
    assert isinstance(outcome, Uncertain if fault else (Sent, Pending))
    stand_in.fault = None
    settled = inquire(destination, withdrawal, asked_with)
    assert isinstance(settled, Retryable if fault == "before_500" else Sent), settled
    assert (stand_in.shown() is None) is (fault != "before_500")
    assert stand_in.delivered == ["nudge-1"]
    again, _ = deliver(destination, withdrawal)
    assert isinstance(again, (Sent, Pending))
    assert stand_in.shown() is None


# -- what may be seen


def test_no_secret_is_in_a_request_a_repr_an_exception_or_a_log(
    case: Case, stand_in: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    destination = case.destination(stand_in)
    delivery = delivery_of(case)
    request = leaving_request(destination, delivery)
    assert not isinstance(request, Verdict)
    shown = [repr(destination), repr(request), repr(case.values()), repr(delivery)]
    outcome, reference = deliver(destination, delivery)
    shown += [repr(outcome), repr(reference)]
    stand_in.fault = "after_reset"
    for there in (destination, case.at(_nobody_listens()), case.at("http://[bad")):
        try:
            there.call(request)
        except (NotSent, EffectUnknown) as error:
            shown.append("".join(traceback.format_exception(error)))
    text = "\n".join([*shown, caplog.text])
    assert len(shown) == 9
    for secret in case.secrets:
        encoded = base64.b64encode(secret.encode()).decode().rstrip("=")[:-2]
        assert secret not in text
        assert encoded not in text
