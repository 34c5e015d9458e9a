"""Talking to a destination as the senders do: read ahead, send, ask; with ledger columns only in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from nudge_senders.conversation import ask, read_ahead, send
from nudge_senders.destination import Delivery, Destination, Inquiry, Request, make_delivery
from nudge_senders.message import Message
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Outcome, Verdict
from nudge_senders.recording import opaque
from nudge_senders.rendering import render
from nudge_senders.samples import SAMPLE_NUDGE
from nudge_senders.vocabulary import Action, Channel
from tests.contract.table import Case
from tests.nudge_senders.world import START

_TEMPLATES = {Channel.IN_APP: "in_app_hint", Channel.EMAIL: "email_how_to", Channel.HUMAN: "csm_alert"}


def nudge_of(case: Case, nudge_id: str = "nudge-1", **columns: Any) -> Nudge:
    return replace(
        SAMPLE_NUDGE,
        nudge_id=nudge_id,
        channel=case.channel,
        destination=case.name,
        template_key=_TEMPLATES[case.channel],
        template_milestone_key="",
        template_error_class="",
        variant="",
        contact_user_id=columns.pop("contact_user_id", "user-1"),
        contact_email=columns.pop("contact_email", "ada@customer.example"),
        **{**case.columns, **columns},
    )


def delivery_of(
    case: Case,
    nudge_id: str = "nudge-1",
    *,
    attempt: int = 1,
    action: Action = Action.DELIVER,
    provider_ref: str | None = None,
    **columns: Any,
) -> Delivery:
    nudge = nudge_of(case, nudge_id, action=action, **columns)
    messages: Mapping[str, Message] = {nudge_id: render(nudge)} if action is Action.DELIVER else {}
    return make_delivery(
        [nudge],
        messages,
        attempt=attempt,
        first_attempted_at=START,
        deadline_at=START + timedelta(seconds=30),
        provider_ref=provider_ref,
    )


def leaving_request(destination: Destination, delivery: Delivery) -> Request | Verdict:
    """The first request with an effect, or the verdict where reading was enough."""
    return read_ahead(destination, delivery, destination.build_request(delivery), lambda: None)


def deliver(destination: Destination, delivery: Delivery) -> tuple[Outcome, str | None]:
    """The outcome, and the reference that the ledger would hold afterwards."""
    request = leaving_request(destination, delivery)
    if isinstance(request, Verdict):
        return request.all_nudges, None
    outcome = send(destination, delivery, request, lambda: None).all_nudges
    reference = getattr(outcome, "provider_ref", None) or request.address_ref
    return outcome, opaque(reference)


def inquire(
    destination: Destination, delivery: Delivery, reference: str | None, *, asked_at: datetime | None = None
) -> Outcome | None:
    """What an inquiry says later; None when the vendor cannot be asked, or not now."""
    inquiry = Inquiry(
        delivery_id=delivery.delivery_id,
        action=delivery.action,
        namespace=delivery.namespace,
        nudge_ids=tuple(nudge.nudge_id for nudge in delivery.nudges),
        attempt=delivery.attempt,
        attempted_at=START,
        deadline_at=delivery.deadline_at,
        asked_at=asked_at or START + timedelta(minutes=20),
        account_id=delivery.nudges[0].account_id,
        contact_id=delivery.nudges[0].contact_id,
        milestone_key=delivery.nudges[0].milestone_key,
        provider_ref=reference,
        provider_status=None,
    )
    request = destination.build_inquiry(inquiry)
    verdict = ask(destination, inquiry, request) if request is not None else None
    return None if verdict is None else verdict.all_nudges
