"""Intercom: a hint is a set of custom attributes of the contact, which a banner or a Series reads.

The contact is found by external id, else by email; the attributes are set with `PUT /contacts/{id}`, whose
answer is the contact as it is now. A set is absolute, so it may be repeated and can be read back. The
attributes have to exist in Intercom (Settings > Data > People); `check` names those that do not.

Written against version 2.14 of the API, which every request asks for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

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
from nudge_senders.http_answers import cannot_tell, entries, field, not_understood, refused, reset_at
from nudge_senders.http_call import HttpCaller
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Dead, Retryable, Sent, Uncertain, Verdict
from nudge_senders.reasons import (
    NOT_FOUND_BY_INQUIRY,
    NOT_READ_BACK,
    RECIPIENT_AMBIGUOUS,
    RECIPIENT_UNKNOWN,
)
from nudge_senders.vendor_settings import Setting, SettingValues
from nudge_senders.vocabulary import Action, Channel

API_VERSION = "2.14"
_HOSTS = {
    "us": "https://api.intercom.io",
    "eu": "https://api.eu.intercom.io",
    "au": "https://api.au.intercom.io",
}
SETTINGS = (
    Setting(name="INTERCOM_ACCESS_TOKEN", purpose="access token of an app of the workspace", is_secret=True),
    Setting(
        name="INTERCOM_REGION",
        purpose="region that hosts the workspace",
        default="us",
        choices=tuple(_HOSTS),
    ),
    Setting(
        name="INTERCOM_ATTRIBUTE_PREFIX",
        purpose="beginning of the contact attributes' names",
        default=DEFAULT_PREFIX,
        pattern=PREFIX_PATTERN,
    ),
)
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class IntercomDestination:
    """See the module's docstring."""

    name = "intercom"
    channels = frozenset({Channel.IN_APP})
    actions = frozenset(Action)
    settlement: Settlement = StateSet()
    minimum_interval = timedelta(0)

    def __init__(
        self, values: SettingValues, *, base_url: str | None = None, http: HttpCaller | None = None
    ) -> None:
        self._headers = {
            "Authorization": f"Bearer {values['INTERCOM_ACCESS_TOKEN']}",
            "Intercom-Version": API_VERSION,
        }
        self._base_url = base_url or _HOSTS[values["INTERCOM_REGION"]]
        self._prefix = values["INTERCOM_ATTRIBUTE_PREFIX"]
        self._http = http or HttpCaller()

    def group(self, nudges: Sequence[Nudge]) -> Sequence[tuple[Nudge, ...]]:
        return one_each(nudges)

    # -- a delivery: search, set; a withdrawal: search where the contact is not known, read, clear

    def build_request(self, delivery: Delivery) -> Request:
        nudge = delivery.nudges[0]
        if delivery.action is Action.DELIVER:
            hint_values(self._prefix, delivery)
        elif delivery.provider_ref is not None and _ID.fullmatch(delivery.provider_ref):
            return _read(delivery.provider_ref)
        if nudge.contact_user_id:
            return _search("external_id", nudge.contact_user_id)
        if nudge.contact_email:
            return _search("email", nudge.contact_email)
        raise UnusableQueueRow(f"the contact of nudge {nudge.nudge_id} has neither user id nor email")

    def parse_response(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        is_withdrawal = delivery.action is Action.WITHDRAW
        if response.status == 404 and request.operation != _SEARCH:
            # Who is gone sees nothing any more.
            return Verdict(Sent(request.address_ref) if is_withdrawal else Dead(RECIPIENT_UNKNOWN))
        if response.status != 200:
            retry_at = reset_at(response.headers, "x-ratelimit-reset", response.received_at)
            return refused(request, response, retry_at=retry_at)
        if request.operation == _SEARCH:
            return self._found(delivery, request, response)
        if field(response.body, "type") != "contact":
            return not_understood(request, response)
        shown = holder(self._prefix, field(response.body, "custom_attributes"))
        nudge_id = delivery.nudges[0].nudge_id
        if not is_withdrawal:
            is_shown = shown == nudge_id
            return Verdict(
                Sent(request.address_ref) if is_shown else Uncertain(NOT_READ_BACK, request.address_ref)
            )
        if shown != nudge_id:
            return Verdict(Sent(request.address_ref))
        if request.has_effect:
            return Verdict(Uncertain(NOT_READ_BACK, request.address_ref))
        return _set(str(request.address_ref), dict.fromkeys(hint_names(self._prefix)))

    def _found(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        contacts = entries(response.body, "data")
        if field(response.body, "type") != "list" or (
            contacts and not _ID.fullmatch(str(contacts[0].get("id", "")))
        ):
            return not_understood(request, response)
        email = delivery.nudges[0].contact_email
        if not contacts and email and request.carry["by"] != "email":
            return _search("email", email)
        if not contacts:
            gone = Sent() if delivery.action is Action.WITHDRAW else Dead(RECIPIENT_UNKNOWN)
            return Verdict(gone)
        if len(contacts) > 1:
            return Verdict(Dead(RECIPIENT_AMBIGUOUS))
        contact_id = str(contacts[0]["id"])
        if delivery.action is Action.WITHDRAW:
            return _read(contact_id)
        return _set(contact_id, hint_values(self._prefix, delivery))

    # -- doubt: the contact as it is now

    def build_inquiry(self, inquiry: Inquiry) -> Request | None:
        if inquiry.provider_ref is None or not _ID.fullmatch(inquiry.provider_ref):
            return None
        return _read(inquiry.provider_ref)

    def parse_inquiry(self, inquiry: Inquiry, request: Request, response: Response) -> Verdict | Request:
        is_withdrawal = inquiry.action is Action.WITHDRAW
        if response.status == 404:
            return Verdict(Sent(inquiry.provider_ref) if is_withdrawal else Dead(RECIPIENT_UNKNOWN))
        if response.status != 200 or field(response.body, "type") != "contact":
            return cannot_tell(response)
        shown = holder(self._prefix, field(response.body, "custom_attributes"))
        is_done = (shown == inquiry.nudge_ids[0]) is not is_withdrawal
        return Verdict(Sent(inquiry.provider_ref) if is_done else Retryable(NOT_FOUND_BY_INQUIRY))

    # -- the outside

    def check(self) -> CheckAnswer:
        """Whether the token is taken, and whether the contact attributes exist."""
        whose = self.call(Request(operation="GET /me", payload={}, has_effect=False))
        if whose.status != 200:
            return CheckAnswer(False, f"the token is not accepted (HTTP {whose.status})")
        asked = Request(operation="GET /data_attributes", payload={"model": "contact"}, has_effect=False)
        known = self.call(asked)
        if known.status != 200:
            return CheckAnswer(False, f"the contact attributes cannot be read (HTTP {known.status})")
        there = {str(each.get("name")) for each in entries(known.body, "data")}
        absent = [name for name in hint_names(self._prefix) if name not in there]
        if absent:
            return CheckAnswer(False, f"these contact attributes do not exist: {', '.join(absent)}")
        return CheckAnswer(True, "the token is accepted and every contact attribute exists")

    def call(self, request: Request) -> Response:
        return self._http.send(self._base_url, request, headers=self._headers)


_SEARCH = "POST /contacts/search"


def _search(by: str, value: str) -> Request:
    match: dict[str, object] = {"field": by, "operator": "=", "value": value}
    # A lead may carry the email of a user, and several may carry the same one.
    is_user = {"field": "role", "operator": "=", "value": "user"}
    return Request(
        operation=_SEARCH,
        payload={"query": {"operator": "AND", "value": [match, is_user]}, "pagination": {"per_page": 2}},
        has_effect=False,
        carry={"by": by},
    )


def _read(contact_id: str) -> Request:
    return Request(
        operation=f"GET /contacts/{contact_id}", payload={}, has_effect=False, address_ref=contact_id
    )


def _set(contact_id: str, attributes: dict[str, str] | dict[str, None]) -> Request:
    return Request(
        operation=f"PUT /contacts/{contact_id}",
        payload={"custom_attributes": attributes},
        address_ref=contact_id,
    )
