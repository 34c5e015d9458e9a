"""Drives a destination through the requests of one delivery or one inquiry, and never raises.

Every way in which a call can end becomes a Verdict here; what is written into the ledger because of it is
decided by `delivery` and `settlement`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from nudge_senders.destination import MAX_STEPS, Delivery, Destination, Inquiry, Request, Response
from nudge_senders.errors import EffectUnknown, NotSent
from nudge_senders.outcome import Outcome, Retryable, Uncertain, Verdict
from nudge_senders.reasons import ANSWER_NOT_UNDERSTOOD, CALL_FAILED, TOO_MANY_STEPS

_log = logging.getLogger("nudge_senders")

#: None to go on, or the reason code of a stop.
MayGoOn = Callable[[], str | None]


def read_ahead(
    destination: Destination, delivery: Delivery, request: Request, may_go_on: MayGoOn
) -> Request | Verdict:
    """Make the leading requests of a delivery that only read, and return the first one with an effect, not
    yet made; or the verdict, where reading was enough. Nothing has left then, so there is no doubt."""
    found = _converse(
        destination,
        request,
        lambda sent, answer: destination.parse_response(delivery, sent, answer),
        may_go_on,
        stops_before_effect=True,
    )
    if isinstance(found, Request):
        return found
    by_nudge = {nudge_id: _without_doubt(outcome) for nudge_id, outcome in found.by_nudge.items()}
    return Verdict(_without_doubt(found.all_nudges), by_nudge)


def send(destination: Destination, delivery: Delivery, request: Request, may_go_on: MayGoOn) -> Verdict:
    """Deliver or withdraw. `may_go_on` is asked before every request; once something may have left, a stop or
    a failure is doubt and not certainty."""
    verdict = _converse(
        destination,
        request,
        lambda sent, answer: destination.parse_response(delivery, sent, answer),
        may_go_on,
    )
    assert isinstance(verdict, Verdict)
    return verdict


def ask(destination: Destination, inquiry: Inquiry, request: Request) -> Verdict | None:
    """Ask about a delivery in doubt; None when the provider could not be asked now."""
    is_answered = False

    def parse(sent: Request, answer: Response) -> Verdict | Request:
        nonlocal is_answered
        result = destination.parse_inquiry(inquiry, sent, answer)
        if isinstance(result, Request) and result.has_effect:
            raise ValueError("an inquiry must not have an effect")
        is_answered = isinstance(result, Verdict)
        return result

    if request.has_effect:
        raise ValueError(f"{destination.name}: an inquiry must not have an effect")
    verdict = _converse(destination, request, parse, lambda: None)
    return verdict if is_answered and isinstance(verdict, Verdict) else None


def _converse(
    destination: Destination,
    request: Request,
    parse: Callable[[Request, Response], Verdict | Request],
    may_go_on: MayGoOn,
    *,
    stops_before_effect: bool = False,
) -> Verdict | Request:
    """The verdict; a request only where `stops_before_effect`."""
    has_left = False
    for _ in range(MAX_STEPS):
        if stops_before_effect and request.has_effect:
            return request
        reason = may_go_on()
        if reason is not None:
            return _failed(reason, has_left)
        try:
            response = destination.call(request)
        except NotSent as error:
            if has_left:
                return _failed(error.reason_code, True)
            return Verdict(Retryable(error.reason_code, retry_at=error.retry_at))
        except EffectUnknown as error:
            return _failed(error.reason_code, has_left or request.has_effect)
        except Exception as error:
            # Its text may hold an address or a token, so only its type is told.
            _log.error("call of %s failed with %s", destination.name, type(error).__name__)
            return _failed(CALL_FAILED, has_left or request.has_effect)
        has_left = has_left or request.has_effect
        try:
            answer = parse(request, response)
        except Exception as error:
            _log.error("answer of %s was not understood: %s", destination.name, type(error).__name__)
            return _failed(ANSWER_NOT_UNDERSTOOD, has_left)
        if isinstance(answer, Verdict):
            return answer
        request = answer
    return _failed(TOO_MANY_STEPS, has_left)


def _without_doubt(outcome: Outcome) -> Outcome:
    if isinstance(outcome, Uncertain):
        return Retryable(outcome.reason_code, provider_status=outcome.provider_status)
    return outcome


def _failed(reason_code: str, has_left: bool) -> Verdict:
    return Verdict(Uncertain(reason_code) if has_left else Retryable(reason_code))
