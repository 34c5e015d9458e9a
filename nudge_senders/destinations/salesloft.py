"""Salesloft: an email is a person's membership in a cadence, which holds the text and the timing.

The cadence is the template's `vendor_template_id`, else `SALESLOFT_CADENCE_ID`. The person is found by email
and has to exist. Whoever is on the cadence already was put there by somebody else: such a nudge is
suppressed. A membership is one record per person and cadence, also of those added twice; `added_at` says when
last, and is what tells ours from another's. Withdrawing takes the person off the cadence, so that no later
step leaves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from nudge_senders.destination import (
    CheckAnswer,
    Delivery,
    Inquiry,
    Lookup,
    Request,
    Response,
    Settlement,
    one_each,
)
from nudge_senders.errors import UnusableQueueRow
from nudge_senders.http_answers import cannot_tell, entries, field, not_understood, refused, retry_after
from nudge_senders.http_call import HttpCaller
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Dead, Retryable, Sent, Suppressed, Uncertain, Verdict
from nudge_senders.reasons import (
    ALREADY_IN_CADENCE,
    DO_NOT_CONTACT,
    NOT_FOUND_BY_INQUIRY,
    NOT_READ_BACK,
    RECIPIENT_AMBIGUOUS,
    RECIPIENT_UNKNOWN,
)
from nudge_senders.vendor_settings import Setting, SettingValues
from nudge_senders.vocabulary import Action, Channel

_HOST = "https://api.salesloft.com"
SETTINGS = (
    Setting(name="SALESLOFT_API_KEY", purpose="API key of a user of the team", is_secret=True),
    Setting(
        name="SALESLOFT_CADENCE_ID",
        purpose="number of the cadence of texts without vendor_template_id",
        pattern=r"[0-9]{1,12}",
    ),
    Setting(
        name="SALESLOFT_USER_ID",
        purpose="number of the user whose name the emails bear, if not the key's own",
        default="",
        pattern=r"[0-9]{1,12}",
    ),
)
_PEOPLE = "GET /v2/people"
_MEMBERSHIPS = "GET /v2/cadence_memberships"
_ENROL = "POST /v2/cadence_memberships"
_NUMBER = re.compile(r"[0-9]{1,15}")
#: `person:...` is known before the enrolment, `membership:...` after it. The last number is unix seconds.
_PERSON = re.compile(r"person:([0-9]{1,15}):([0-9]{1,15}):([0-9]{1,12})")
_MEMBERSHIP = re.compile(r"membership:([0-9]{1,15}):([0-9]{1,12})")
#: Their clock and ours.
_CLOCK_SKEW = timedelta(minutes=2)
#: The team's allowance is counted by the minute.
_ALLOWANCE = timedelta(minutes=1)


class SalesloftDestination:
    """See the module's docstring."""

    name = "salesloft"
    channels = frozenset({Channel.EMAIL})
    actions = frozenset(Action)
    settlement: Settlement = Lookup(settling_time=timedelta(minutes=10))
    minimum_interval = timedelta(0)

    def __init__(
        self, values: SettingValues, *, base_url: str | None = None, http: HttpCaller | None = None
    ) -> None:
        self._headers = {"Authorization": f"Bearer {values['SALESLOFT_API_KEY']}"}
        self._base_url = base_url or _HOST
        self._cadence_id = values["SALESLOFT_CADENCE_ID"]
        self._user_id = values["SALESLOFT_USER_ID"]
        self._http = http or HttpCaller()

    def group(self, nudges: Sequence[Nudge]) -> Sequence[tuple[Nudge, ...]]:
        return one_each(nudges)

    def build_request(self, delivery: Delivery) -> Request:
        nudge = delivery.nudges[0]
        if delivery.action is Action.WITHDRAW:
            request = _look_at(delivery.provider_ref)
            if request is None:
                raise UnusableQueueRow(f"no membership is known of nudge {nudge.nudge_id}")
            return request
        if not nudge.contact_email:
            raise UnusableQueueRow(f"the contact of nudge {nudge.nudge_id} has no email")
        self._cadence_of(delivery)
        return Request(
            operation=_PEOPLE, payload={"email_addresses[]": nudge.contact_email}, has_effect=False
        )

    def _cadence_of(self, delivery: Delivery) -> str:
        chosen = delivery.nudges[0].vendor_template_id or self._cadence_id
        if not _NUMBER.fullmatch(chosen):
            raise UnusableQueueRow(
                f"vendor_template_id of nudge {delivery.nudges[0].nudge_id} is no number of a cadence"
            )
        return chosen

    def parse_response(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        if delivery.action is Action.WITHDRAW:
            return self._withdraw(delivery, request, response)
        if request.operation == _ENROL and response.status == 422:
            # "Could not be added": perhaps because it had been.
            return _memberships(request, after_refusal=True)
        if request.carry.get("after_refusal"):
            return self._after_refusal(delivery, request, response)
        if not 200 <= response.status < 300:
            return refused(request, response, retry_at=_retry_at(response))
        if request.operation == _PEOPLE:
            return self._found_person(delivery, request, response)
        if request.operation == _MEMBERSHIPS:
            return self._before_enrolment(delivery, request, response)
        receipt = _receipt(field(response.body, "data"))
        return Verdict(Sent(receipt)) if receipt else not_understood(request, response)

    def _found_person(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        if not isinstance(field(response.body, "data"), list):
            return not_understood(request, response)
        people = entries(response.body, "data")
        if not people:
            return Verdict(Dead(RECIPIENT_UNKNOWN))
        if len(people) > 1:
            return Verdict(Dead(RECIPIENT_AMBIGUOUS))
        person_id = str(people[0].get("id", ""))
        if not _NUMBER.fullmatch(person_id):
            return not_understood(request, response)
        if people[0].get("do_not_contact"):
            return Verdict(Suppressed(DO_NOT_CONTACT))
        began = int(delivery.first_attempted_at.timestamp())
        reference = f"person:{person_id}:{self._cadence_of(delivery)}:{began}"
        return _memberships(Request(operation=_ENROL, payload={}, address_ref=reference))

    def _before_enrolment(
        self, delivery: Delivery, request: Request, response: Response
    ) -> Verdict | Request:
        if not isinstance(field(response.body, "data"), list):
            return not_understood(request, response)
        # Of a first attempt nothing can be there yet; of a later one, what an earlier one did after all, of
        # which the first found nobody on the cadence.
        found = entries(response.body, "data")
        ours = _added_since(found, delivery.first_attempted_at) if delivery.attempt > 1 else None
        if ours is not None:
            return Verdict(Sent(_receipt(ours)))
        if any(each.get("currently_on_cadence") for each in found):
            return Verdict(Suppressed(ALREADY_IN_CADENCE))
        payload: dict[str, object] = dict(request.payload)
        if self._user_id:
            payload["user_id"] = self._user_id
        return Request(operation=_ENROL, payload=payload, address_ref=request.address_ref)

    def _after_refusal(self, delivery: Delivery, request: Request, response: Response) -> Verdict:
        if response.status != 200 or not isinstance(field(response.body, "data"), list):
            return Verdict(Uncertain(NOT_READ_BACK, request.address_ref))
        found = entries(response.body, "data")
        ours = _added_since(found, delivery.first_attempted_at)
        if ours is not None:
            return Verdict(Sent(_receipt(ours)))
        if any(each.get("currently_on_cadence") for each in found):
            return Verdict(Suppressed(ALREADY_IN_CADENCE))
        return Verdict(Dead("request_rejected", provider_status="422"))

    def _withdraw(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        if request.has_effect:
            if response.status == 404 or 200 <= response.status < 300:
                return Verdict(Sent(delivery.provider_ref))
            return refused(request, response, retry_at=_retry_at(response))
        if response.status == 404:
            return Verdict(Sent(delivery.provider_ref))
        if response.status != 200 or field(response.body, "data") is None:
            return refused(request, response, retry_at=_retry_at(response))
        ours = _still_on(str(delivery.provider_ref), response.body)
        if ours is None:
            return Verdict(Sent(delivery.provider_ref))
        membership_id = ours.split(":")[1]
        return Request(
            operation=f"DELETE /v2/cadence_memberships/{membership_id}", payload={}, address_ref=ours
        )

    # -- doubt: the membership as it is now

    def build_inquiry(self, inquiry: Inquiry) -> Request | None:
        return _look_at(inquiry.provider_ref)

    def parse_inquiry(self, inquiry: Inquiry, request: Request, response: Response) -> Verdict | Request:
        reference = str(inquiry.provider_ref)
        if inquiry.action is Action.WITHDRAW:
            if response.status == 404:
                return Verdict(Sent(reference))
            if response.status != 200 or field(response.body, "data") is None:
                return cannot_tell(response)
            is_on = _still_on(reference, response.body) is not None
            return Verdict(Retryable(NOT_FOUND_BY_INQUIRY) if is_on else Sent(reference))
        if response.status != 200 or not isinstance(field(response.body, "data"), list):
            return cannot_tell(response)
        ours = _added_since(entries(response.body, "data"), inquiry.attempted_at)
        return Verdict(Sent(_receipt(ours)) if ours is not None else Retryable(NOT_FOUND_BY_INQUIRY))

    # -- the outside

    def check(self) -> CheckAnswer:
        """Whether the key is taken, and whether the cadence can be seen with it."""
        whose = self.call(Request(operation="GET /v2/me", payload={}, has_effect=False))
        if whose.status != 200:
            return CheckAnswer(False, f"the key is not accepted (HTTP {whose.status})")
        asked = Request(operation=f"GET /v2/cadences/{self._cadence_id}", payload={}, has_effect=False)
        cadence = self.call(asked)
        if cadence.status != 200:
            return CheckAnswer(False, f"the cadence cannot be seen with this key (HTTP {cadence.status})")
        return CheckAnswer(True, "the key is accepted and the cadence can be seen")

    def call(self, request: Request) -> Response:
        if request.operation == _ENROL:
            # Salesloft documents these as query parameters.
            params = {name: str(value) for name, value in request.payload.items()}
            return self._http.request(
                "POST", self._base_url + "/v2/cadence_memberships", headers=self._headers, params=params
            )
        return self._http.send(self._base_url, request, headers=self._headers)


def _memberships(about: Request, *, after_refusal: bool = False) -> Request:
    """The question for the memberships of the person and cadence that `about` is about."""
    reference = str(about.address_ref)
    _, person_id, cadence_id, _ = reference.split(":")
    return Request(
        operation=_MEMBERSHIPS,
        payload={"person_id": person_id, "cadence_id": cadence_id},
        has_effect=False,
        address_ref=reference,
        carry={"after_refusal": after_refusal},
    )


def _look_at(reference: str | None) -> Request | None:
    """The question that a reference out of the ledger allows."""
    if reference is not None and (match := _MEMBERSHIP.fullmatch(reference)):
        operation = f"GET /v2/cadence_memberships/{match[1]}"
        return Request(operation=operation, payload={}, has_effect=False, address_ref=reference)
    if reference is not None and _PERSON.fullmatch(reference):
        return _memberships(Request(operation=_ENROL, payload={}, address_ref=reference))
    return None


def _still_on(reference: str, body: object) -> str | None:
    """The receipt of the membership that the reference means, while the person is on the cadence by it."""
    if match := _PERSON.fullmatch(reference):
        began = datetime.fromtimestamp(int(match[3]), UTC)
        ours = _added_since(entries(body, "data"), began)
        return _receipt(ours) if ours is not None and ours.get("currently_on_cadence") else None
    membership = field(body, "data")
    if not field(membership, "currently_on_cadence"):
        return None
    # Added again since then, it is somebody else's.
    return reference if _receipt(membership) == reference else None


def _added_since(memberships: Sequence[Mapping[str, object]], began: datetime) -> Mapping[str, object] | None:
    for each in memberships:
        added_at = _added_at(each)
        if _receipt(each) and added_at is not None and added_at >= began - _CLOCK_SKEW:
            return each
    return None


def _receipt(membership: object) -> str | None:
    membership_id, added_at = str(field(membership, "id")), _added_at(membership)
    if not _NUMBER.fullmatch(membership_id) or added_at is None:
        return None
    return f"membership:{membership_id}:{int(added_at.timestamp())}"


def _added_at(membership: object) -> datetime | None:
    text = field(membership, "added_at") or field(membership, "created_at")
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _retry_at(response: Response) -> datetime | None:
    return retry_after(response.headers, response.received_at) or response.received_at + _ALLOWANCE
