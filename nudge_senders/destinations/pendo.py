"""Pendo: a hint is a set of custom metadata fields of the visitor, which the segment of a guide reads.

The fields are set with `POST /api/v1/metadata/visitor/custom/value`, an absolute upsert, and read back with
`GET /api/v1/visitor/{id}`. The API makes a visitor eligible; the guide shows on a later page load, and
showing it is never confirmed. The fields have to exist in Pendo (Settings > Data mappings); `check` names
those that do not. A visitor is known by the product's user id; one that Pendo has never seen is not created.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from nudge_senders.destination import (
    CheckAnswer,
    Delivery,
    Inquiry,
    Request,
    Response,
    Settlement,
    StateSet,
    one_each,
)
from nudge_senders.errors import UnusableQueueRow
from nudge_senders.hint import DEFAULT_PREFIX, PREFIX_PATTERN, hint_names, hint_values, holder
from nudge_senders.http_answers import (
    cannot_tell,
    field,
    not_understood,
    refused,
    retry_after,
)
from nudge_senders.http_call import HttpCaller
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Dead, Pending, Retryable, Sent, Verdict
from nudge_senders.reasons import NOT_FOUND_BY_INQUIRY, RECIPIENT_UNKNOWN
from nudge_senders.vendor_settings import Setting, SettingValues
from nudge_senders.vocabulary import Action, Channel

_HOSTS = {
    "us": "https://app.pendo.io",
    "us1": "https://us1.app.pendo.io",
    "eu": "https://app.eu.pendo.io",
    "jpn": "https://app.jpn.pendo.io",
    "au": "https://app.au.pendo.io",
}
SETTINGS = (
    Setting(
        name="PENDO_INTEGRATION_KEY",
        purpose="integration key that may read and write",
        is_secret=True,
    ),
    Setting(name="PENDO_REGION", purpose="region of the subscription", default="us", choices=tuple(_HOSTS)),
    Setting(
        name="PENDO_FIELD_PREFIX",
        purpose="beginning of the visitor fields' names",
        default=DEFAULT_PREFIX,
        pattern=PREFIX_PATTERN,
    ),
)
_SET = "POST /api/v1/metadata/visitor/custom/value"
_SEARCH = "POST /api/v1/aggregation"
#: A visitor id that may stand in the ledger as it is; one that is an address is kept there as a hash only.
_OPAQUE = re.compile(r"[A-Za-z0-9_.:/=+-]{1,200}")
_NUDGE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_LATENCY = timedelta(minutes=2)


class PendoDestination:
    """See the module's docstring."""

    name = "pendo"
    channels = frozenset({Channel.IN_APP})
    actions = frozenset(Action)
    settlement: Settlement = StateSet(settling_time=_LATENCY)
    minimum_interval = timedelta(0)

    def __init__(
        self, values: SettingValues, *, base_url: str | None = None, http: HttpCaller | None = None
    ) -> None:
        self._headers = {"x-pendo-integration-key": values["PENDO_INTEGRATION_KEY"]}
        self._base_url = base_url or _HOSTS[values["PENDO_REGION"]]
        self._prefix = values["PENDO_FIELD_PREFIX"]
        self._http = http or HttpCaller()

    def group(self, nudges: Sequence[Nudge]) -> Sequence[tuple[Nudge, ...]]:
        return one_each(nudges)

    # -- a delivery: read, set, read back; a withdrawal: read, clear, read back

    def build_request(self, delivery: Delivery) -> Request:
        visitor_id = _visitor_of(delivery)
        if not visitor_id:
            raise UnusableQueueRow(f"the contact of nudge {delivery.nudges[0].nudge_id} has no user id")
        if delivery.action is Action.DELIVER:
            hint_values(self._prefix, delivery)
        return _read(visitor_id)

    def parse_response(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        visitor_id = _visitor_of(delivery)
        if request.operation == _SET:
            if not 200 <= response.status < 300:
                return refused(request, response, retry_at=_retry_at(response))
            return _read(visitor_id, after_set=True)
        if request.carry["after_set"]:
            return self._read_back(delivery, request, response)
        is_withdrawal = delivery.action is Action.WITHDRAW
        if response.status == 404:
            # Who is gone sees nothing any more.
            return Verdict(Sent(visitor_id) if is_withdrawal else Dead(RECIPIENT_UNKNOWN))
        if response.status != 200:
            return refused(request, response, retry_at=_retry_at(response))
        if not _is_visitor(response.body):
            return not_understood(request, response)
        if not is_withdrawal:
            return _set(visitor_id, hint_values(self._prefix, delivery))
        if self._shown(response.body) != delivery.nudges[0].nudge_id:
            return Verdict(Sent(visitor_id))
        return _set(visitor_id, dict.fromkeys(hint_names(self._prefix), ""))

    def _read_back(self, delivery: Delivery, request: Request, response: Response) -> Verdict:
        """The value is accepted by now: what cannot be read back yet is asked about later."""
        nudge_id = delivery.nudges[0].nudge_id
        is_shown = response.status == 200 and self._shown(response.body) == nudge_id
        is_readable = response.status == 200 and _is_visitor(response.body)
        visitor_id = _visitor_of(delivery)
        if is_readable and is_shown is (delivery.action is Action.DELIVER):
            return Verdict(Sent(visitor_id))
        return Verdict(Pending(visitor_id, check_at=response.received_at + _LATENCY))

    def _shown(self, body: object) -> str | None:
        return holder(self._prefix, field(body, "metadata", "custom"))

    # -- doubt: the visitor as it is now, or whoever shows the nudge

    def build_inquiry(self, inquiry: Inquiry) -> Request | None:
        visitor_id = inquiry.provider_ref or ""
        if _is_opaque(visitor_id):
            return _read(visitor_id)
        nudge_id = inquiry.nudge_ids[0]
        if not _NUDGE_ID.fullmatch(nudge_id):
            return None
        pipeline: list[object] = [
            {"source": {"visitors": None}},
            {"filter": f'metadata.custom.{self._prefix}_nudge_id == "{nudge_id}"'},
            {"select": {"visitorId": "visitorId"}},
        ]
        payload = {"response": {"mimeType": "application/json"}, "request": {"pipeline": pipeline}}
        return Request(operation=_SEARCH, payload=payload, has_effect=False)

    def parse_inquiry(self, inquiry: Inquiry, request: Request, response: Response) -> Verdict | Request:
        is_withdrawal = inquiry.action is Action.WITHDRAW
        if request.operation == _SEARCH:
            results = field(response.body, "results")
            if response.status != 200 or not isinstance(results, list):
                return cannot_tell(response)
            is_shown = bool(results)
        elif response.status == 404:
            return Verdict(Sent(inquiry.provider_ref) if is_withdrawal else Dead(RECIPIENT_UNKNOWN))
        elif response.status != 200 or not _is_visitor(response.body):
            return cannot_tell(response)
        else:
            is_shown = self._shown(response.body) == inquiry.nudge_ids[0]
        is_done = is_shown is not is_withdrawal
        return Verdict(Sent(inquiry.provider_ref) if is_done else Retryable(NOT_FOUND_BY_INQUIRY))

    # -- the outside

    def check(self) -> CheckAnswer:
        """Whether the key is taken, and whether the fields exist. That the key may write is not proven."""
        asked = Request(operation="GET /api/v1/metadata/schema/visitor", payload={}, has_effect=False)
        answer = self.call(asked)
        if answer.status != 200:
            return CheckAnswer(False, f"the key is not accepted (HTTP {answer.status})")
        there = field(answer.body, "custom")
        absent = [
            name
            for name in hint_names(self._prefix)
            if not isinstance(there, dict) or name.lower() not in {str(each).lower() for each in there}
        ]
        if absent:
            return CheckAnswer(False, f"these visitor fields do not exist: {', '.join(absent)}")
        return CheckAnswer(True, "the key may read and every visitor field exists; writing is not proven")

    def call(self, request: Request) -> Response:
        if request.operation == _SET:
            return self._http.request(
                "POST",
                self._base_url + _SET.split(" ", 1)[1],
                headers=self._headers,
                body=request.payload["visitors"],
            )
        return self._http.send(self._base_url, request, headers=self._headers)


def _visitor_of(delivery: Delivery) -> str:
    known = delivery.provider_ref or ""
    return delivery.nudges[0].contact_user_id or (known if _is_opaque(known) else "")


def _is_opaque(visitor_id: str) -> bool:
    return bool(_OPAQUE.fullmatch(visitor_id)) and not visitor_id.startswith("sha256:")


def _read(visitor_id: str, *, after_set: bool = False) -> Request:
    return Request(
        operation=f"GET /api/v1/visitor/{quote(visitor_id, safe='')}",
        payload={},
        has_effect=False,
        address_ref=visitor_id,
        carry={"after_set": after_set},
    )


def _set(visitor_id: str, values: dict[str, str]) -> Request:
    return Request(
        operation=_SET,
        payload={"visitors": [{"visitorId": visitor_id, "values": values}]},
        address_ref=visitor_id,
    )


def _is_visitor(body: object) -> bool:
    return field(body, "id") is not None or field(body, "metadata") is not None


def _retry_at(response: Response) -> datetime | None:
    return retry_after(response.headers, response.received_at)
