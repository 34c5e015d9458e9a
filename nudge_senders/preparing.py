"""From claims to a delivery that is ready to be called: text, request, hashes and `attempting` entries.

Pure but for reading templates. Whether and when it is called is the business of `delivery`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nudge_senders.destination import Delivery, Destination, NativeKey, Request, make_delivery
from nudge_senders.errors import TemplateBroken, UnusableQueueRow
from nudge_senders.identity import body_hash, recipient_hash
from nudge_senders.ledger import Claim, Entry
from nudge_senders.message import Message
from nudge_senders.reasons import BODY_CHANGED, RENDER_FAILED, REQUEST_IMPOSSIBLE, REST_AFTER_RENDER_FAILURE
from nudge_senders.recording import Result, entry_of_claim, opaque
from nudge_senders.rendering import render
from nudge_senders.settings import SenderSettings
from nudge_senders.vocabulary import Action, Kind

_log = logging.getLogger("nudge_senders")

#: Claims that cannot leave, each with the outcome to be written.
Unready = list[tuple[Claim, Result]]


@dataclass(frozen=True)
class BuiltDelivery:
    """A delivery and its first request, with the claims that it carries, as of `built_at`."""

    delivery: Delivery
    request: Request
    claims: tuple[Claim, ...]
    built_at: datetime


@dataclass(frozen=True)
class PreparedDelivery:
    """A delivery ready to leave: its first request with an effect, and its claims with their `attempting`
    entries, in one order."""

    delivery: Delivery
    request: Request
    claims: tuple[Claim, ...]
    attempting: tuple[Entry, ...]


def build_delivery(
    destination: Destination, claims: Sequence[Claim], *, now: datetime, settings: SenderSettings
) -> tuple[BuiltDelivery | None, Unready]:
    """One delivery of these claims, and those that had to be left out. None when nothing can leave."""
    messages, carried, unready = _render_all(claims, now)
    if not carried:
        return None, unready
    deadlines = [now + settings.attempt_deadline]
    deadlines += [claim.nudge.deadline_at for claim in carried if claim.nudge.deadline_at is not None]
    delivery = make_delivery(
        [claim.nudge for claim in carried],
        messages,
        attempt=carried[0].attempt,
        first_attempted_at=carried[0].first_attempted_at or now,
        deadline_at=min(deadlines),
        provider_ref=carried[0].provider_ref,
        keys_used=max(claim.keys_used for claim in carried),
    )
    try:
        request = destination.build_request(delivery)
    except UnusableQueueRow as error:
        _log.error("delivery %s cannot be built: %s", delivery.delivery_id, error)
        impossible = Result(kind=Kind.DEAD, reason_code=error.reason_code or REQUEST_IMPOSSIBLE)
        return None, unready + [(claim, impossible) for claim in carried]
    return BuiltDelivery(delivery, request, tuple(carried), now), unready


def prepare_attempt(
    built: BuiltDelivery, request: Request, *, destination: Destination, hash_key: bytes
) -> tuple[PreparedDelivery | None, Unready]:
    """The delivery with `request`, its first one with an effect, as the ledger has to know it before it
    leaves. None when it may not leave."""
    delivery = built.delivery
    hashed = body_hash(request.operation, request.payload)
    settlement = destination.settlement
    is_body_bound = not isinstance(settlement, NativeKey) or settlement.is_body_bound
    if is_body_bound and any(claim.is_repeat and claim.body_hash != hashed for claim in built.claims):
        # The provider would see one key with two bodies, or the customer a text that nobody attempted.
        changed = Result(kind=Kind.NEEDS_REVIEW, reason_code=BODY_CHANGED)
        return None, [(claim, changed) for claim in built.claims]
    messages = delivery.messages
    attempting = tuple(
        entry_of_claim(
            claim,
            Result(kind=Kind.ATTEMPTING, provider_ref=opaque(request.address_ref)),
            steps_after_claim=1,
            # The time that a body may carry, so that a repeat carries it as well.
            recorded_at=built.built_at,
            destination=destination.name,
            delivery_id=delivery.delivery_id,
            deadline_at=delivery.deadline_at,
            recipient_hash=recipient_hash(hash_key, claim.nudge.recipient),
            template_hash=messages[claim.nudge.nudge_id].template_hash if messages else None,
            body_hash=hashed,
        )
        for claim in built.claims
    )
    return PreparedDelivery(delivery, request, built.claims, attempting), []


def _render_all(claims: Sequence[Claim], now: datetime) -> tuple[dict[str, Message], list[Claim], Unready]:
    """Texts by nudge_id, the claims that have what they need, and those whose template is broken."""
    messages: dict[str, Message] = {}
    carried: list[Claim] = []
    unready: Unready = []
    for claim in claims:
        nudge = claim.nudge
        if nudge.action is Action.DELIVER:
            try:
                messages[nudge.nudge_id] = render(nudge)
            except TemplateBroken as error:
                _log.error("nudge %s not rendered: %s", nudge.nudge_id, error)
                again_at = now + REST_AFTER_RENDER_FAILURE
                result = Result(kind=Kind.RETRYABLE, reason_code=RENDER_FAILED, not_before=again_at)
                unready.append((claim, result))
                continue
        carried.append(claim)
    return messages, carried, unready
