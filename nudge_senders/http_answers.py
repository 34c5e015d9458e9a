"""What an HTTP answer means with every vendor: refusals by status, and when a vendor asks to be asked again.

Pure. What only one vendor says with a status stands in its own file, and comes first there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from nudge_senders.destination import Request, Response
from nudge_senders.outcome import Dead, Outcome, Retryable, Uncertain, Verdict
from nudge_senders.reasons import ACCOUNT_SUSPENDED, ANSWER_NOT_UNDERSTOOD, CREDENTIALS_REJECTED

#: The vendor has read the request and will never take it.
_NEVER = frozenset({400, 404, 405, 406, 410, 411, 413, 414, 415, 422})
#: A moment further away than this is no moment to be asked again but a mistake.
_FURTHEST = timedelta(days=1)
_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?\Z")


def refused(request: Request, response: Response, *, retry_at: datetime | None = None) -> Verdict:
    """The verdict on an answer that is not the success that was hoped for."""
    status = str(response.status)
    if response.status in (401, 403):
        return Verdict(Retryable(CREDENTIALS_REJECTED, provider_status=status))
    if response.status == 402:
        return Verdict(Retryable(ACCOUNT_SUSPENDED, provider_status=status))
    if response.status == 429:
        return Verdict(Retryable("rate_limited", retry_at=retry_at, provider_status=status))
    if response.status in _NEVER:
        return Verdict(Dead("request_rejected", provider_status=status))
    if 300 <= response.status < 400:
        return Verdict(_doubt(request, "redirected", status))
    if response.status >= 500:
        return Verdict(_doubt(request, "server_error", status))
    return Verdict(_doubt(request, ANSWER_NOT_UNDERSTOOD, status))


def cannot_tell(response: Response) -> Verdict:
    """The verdict on an inquiry that was refused: the doubt stays."""
    return Verdict(Uncertain("inquiry_refused", provider_status=str(response.status)))


def not_understood(request: Request, response: Response) -> Verdict:
    """An answer whose status promises success and whose body does not."""
    return Verdict(_doubt(request, ANSWER_NOT_UNDERSTOOD, str(response.status)))


def _doubt(request: Request, reason_code: str, status: str) -> Outcome:
    """Of a request that only reads, the senders know themselves that nothing has left."""
    return Uncertain(reason_code, provider_ref=request.address_ref, provider_status=status)


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """`Retry-After` as an instant: seconds from now, or an HTTP date. None where it is absent or nonsense."""
    value = headers.get("retry-after", "").strip()
    if _SECONDS.match(value):
        return _sensible(now + timedelta(seconds=min(float(value), 1e9)), now)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return _sensible(moment if moment.tzinfo else moment.replace(tzinfo=UTC), now)


def reset_at(headers: Mapping[str, str], name: str, now: datetime) -> datetime | None:
    """A header that holds the unix seconds of the moment from which requests are taken again."""
    value = headers.get(name, "").strip()
    if not _SECONDS.match(value):
        return None
    return _sensible(datetime.fromtimestamp(min(float(value), 1e11), UTC), now)


def _sensible(moment: datetime, now: datetime) -> datetime | None:
    return moment if now <= moment <= now + _FURTHEST else None


def entries(body: object, *path: str) -> list[Mapping[str, object]]:
    """The objects of a list within a decoded body, by the names that lead to it; empty when it is not
    there."""
    found = field(body, *path)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def field(body: object, *path: str) -> object:
    """A value within a decoded body, by the names that lead to it; None when it is not there."""
    for name in path:
        if not isinstance(body, Mapping):
            return None
        body = body.get(name)
    return body
