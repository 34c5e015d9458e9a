"""Braze: a hint is a set of custom attributes of the user, which an in-app message's audience reads.

REST cannot trigger an in-app message: Braze shows one only upon what its SDK logs within the app. What can be
done is done here: `/users/track` sets the attributes of exactly one existing user, who is then eligible when
a session starts. No campaign, no audience and no broadcast is ever named.

The user is found by external id, else by email, and known by `braze_id` from then on, so that no address is
kept. Attributes are absolute, so a set may be repeated; they are written after the answer (which only says
`success`), so they are read back a while later with `/users/export/ids`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

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
from nudge_senders.outcome import Dead, Pending, Retryable, Sent, Verdict
from nudge_senders.reasons import NOT_FOUND_BY_INQUIRY, RECIPIENT_AMBIGUOUS, RECIPIENT_UNKNOWN
from nudge_senders.vendor_settings import Setting, SettingValues
from nudge_senders.vocabulary import Action, Channel

#: The instance is shown in the dashboard's address.
_HOSTS = {
    **{f"us-{number:02}": f"https://rest.iad-{number:02}.braze.com" for number in range(1, 9)},
    "us-10": "https://rest.us-10.braze.com",
    "eu-01": "https://rest.fra-01.braze.eu",
    "eu-02": "https://rest.fra-02.braze.eu",
    "au-01": "https://rest.au-01.braze.com",
    "id-01": "https://rest.id-01.braze.com",
}
SETTINGS = (
    Setting(
        name="BRAZE_REST_KEY",
        purpose="REST API key with the permissions users.track and users.export.ids",
        is_secret=True,
    ),
    Setting(name="BRAZE_INSTANCE", purpose="instance, such as us-01", choices=tuple(_HOSTS)),
    Setting(
        name="BRAZE_ATTRIBUTE_PREFIX",
        purpose="beginning of the user attributes' names",
        default=DEFAULT_PREFIX,
        pattern=PREFIX_PATTERN,
    ),
)
_EXPORT = "POST /users/export/ids"
_TRACK = "POST /users/track"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FIELDS = ("braze_id", "external_id", "custom_attributes")
_LATENCY = timedelta(minutes=2)
#: So long after the attempt, an attribute that is not there will not come any more.
_LATEST = timedelta(minutes=15)


class BrazeDestination:
    """See the module's docstring."""

    name = "braze"
    channels = frozenset({Channel.IN_APP})
    actions = frozenset(Action)
    settlement: Settlement = StateSet(settling_time=_LATENCY)
    minimum_interval = timedelta(0)

    def __init__(
        self, values: SettingValues, *, base_url: str | None = None, http: HttpCaller | None = None
    ) -> None:
        self._headers = {"Authorization": f"Bearer {values['BRAZE_REST_KEY']}"}
        self._base_url = base_url or _HOSTS[values["BRAZE_INSTANCE"]]
        self._prefix = values["BRAZE_ATTRIBUTE_PREFIX"]
        self._http = http or HttpCaller()

    def group(self, nudges: Sequence[Nudge]) -> Sequence[tuple[Nudge, ...]]:
        return one_each(nudges)

    # -- a delivery: find, set; a withdrawal: find, clear where it is still this nudge's

    def build_request(self, delivery: Delivery) -> Request:
        nudge = delivery.nudges[0]
        if delivery.action is Action.DELIVER:
            hint_values(self._prefix, delivery)
        elif delivery.provider_ref is not None and _ID.fullmatch(delivery.provider_ref):
            return _export({"braze_id": delivery.provider_ref})
        if nudge.contact_user_id:
            return _export({"external_ids": [nudge.contact_user_id]})
        if nudge.contact_email:
            return _export({"email_address": nudge.contact_email})
        raise UnusableQueueRow(f"the contact of nudge {nudge.nudge_id} has neither user id nor email")

    def parse_response(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        if not 200 <= response.status < 300:
            return refused(request, response, retry_at=_retry_at(response))
        if request.operation == _EXPORT:
            return self._found(delivery, request, response)
        if field(response.body, "errors"):
            # Accepted as a whole, refused for the one user in it.
            return Verdict(Dead("request_rejected", provider_status=str(response.status)))
        if field(response.body, "message") not in ("success", "queued"):
            return not_understood(request, response)
        return Verdict(Pending(str(request.address_ref), check_at=response.received_at + _LATENCY))

    def _found(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        if not isinstance(field(response.body, "users"), list):
            return not_understood(request, response)
        users = entries(response.body, "users")
        is_withdrawal = delivery.action is Action.WITHDRAW
        if not users:
            # Who is gone sees nothing any more.
            return Verdict(Sent(delivery.provider_ref) if is_withdrawal else Dead(RECIPIENT_UNKNOWN))
        if len(users) > 1:
            return Verdict(Dead(RECIPIENT_AMBIGUOUS))
        braze_id = str(users[0].get("braze_id", ""))
        if not _ID.fullmatch(braze_id):
            return not_understood(request, response)
        if not is_withdrawal:
            return _track(braze_id, hint_values(self._prefix, delivery))
        if holder(self._prefix, users[0].get("custom_attributes")) != delivery.nudges[0].nudge_id:
            return Verdict(Sent(braze_id))
        return _track(braze_id, dict.fromkeys(hint_names(self._prefix)))

    # -- doubt: the user as it is now

    def build_inquiry(self, inquiry: Inquiry) -> Request | None:
        if inquiry.provider_ref is None or not _ID.fullmatch(inquiry.provider_ref):
            return None
        return _export({"braze_id": inquiry.provider_ref})

    def parse_inquiry(self, inquiry: Inquiry, request: Request, response: Response) -> Verdict | Request:
        users = field(response.body, "users")
        if not 200 <= response.status < 300 or not isinstance(users, list):
            return cannot_tell(response)
        is_withdrawal = inquiry.action is Action.WITHDRAW
        if not users:
            return Verdict(Sent(inquiry.provider_ref) if is_withdrawal else Dead(RECIPIENT_UNKNOWN))
        shown = holder(self._prefix, field(users[0], "custom_attributes"))
        if (shown == inquiry.nudge_ids[0]) is not is_withdrawal:
            return Verdict(Sent(inquiry.provider_ref))
        if inquiry.asked_at < inquiry.attempted_at + _LATEST:
            return Verdict(Pending(str(inquiry.provider_ref), check_at=inquiry.asked_at + _LATENCY))
        return Verdict(Retryable(NOT_FOUND_BY_INQUIRY))

    # -- the outside

    def check(self) -> CheckAnswer:
        """Whether the key may read users. That it may track them is not proven: there is no harmless way."""
        answer = self.call(_export({"external_ids": ["milestone-agent-check"]}))
        if not 200 <= answer.status < 300:
            return CheckAnswer(False, f"the key may not read users (HTTP {answer.status})")
        return CheckAnswer(True, "the key may read users; that it may set attributes is not proven")

    def call(self, request: Request) -> Response:
        return self._http.send(self._base_url, request, headers=self._headers)


def _export(whom: dict[str, object]) -> Request:
    return Request(operation=_EXPORT, payload={**whom, "fields_to_export": list(_FIELDS)}, has_effect=False)


def _track(braze_id: str, attributes: dict[str, str] | dict[str, None]) -> Request:
    """Of one user, who exists: nothing here can make a new one."""
    one = {"braze_id": braze_id, "_update_existing_only": True, **attributes}
    return Request(operation=_TRACK, payload={"attributes": [one]}, address_ref=braze_id)


def _retry_at(response: Response) -> datetime | None:
    return reset_at(response.headers, "x-ratelimit-reset", response.received_at)
