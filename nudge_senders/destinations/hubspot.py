"""HubSpot, through its own client: one transactional email by single-send, then its status until it is final.

`sendId` is the nudge's id, and HubSpot sends one email per sendId. It states no life for that; this file
relies on it for 24 hours, so a repeat after a lost answer is made within 12. The answer to a send is an
acceptance with a statusId, which is polled; with the answer the statusId is lost too, and the repeat gives
another. A send that HubSpot accepted and then did not make may have used up its sendId, so that the next try
has a new one: an `IDEMPOTENT_IGNORE` is believed because it can only be about a try that is in doubt.

The text is an email in HubSpot's own tool, of kind transactional. It is named by the row of
`message_templates.csv` (`vendor_template_id`), and then gets the queue's columns that are no internal matter
as `{{ custom.account_name }}` and so on; or it is the generic one of HUBSPOT_EMAIL_ID, which prints
`{{ custom.subject }}` as its subject and `{{ custom.body_html }}` as its body (also there: `body_text`,
`link_text`, `link_url`, `signature`). Values are HTML, except for `subject` and `body_text`; within a subject
of one's own write `{{ custom.account_name|unescape_html }}`.

Transactional email ignores opt-outs in HubSpot: consent is judged before a nudge comes here. Nothing is ever
written to the contact record (`contactProperties`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from markupsafe import escape

from nudge_senders.clock import Clock, system_clock
from nudge_senders.destination import (
    CheckAnswer,
    Delivery,
    Inquiry,
    NativeKey,
    Request,
    Response,
    Settlement,
    one_each,
)
from nudge_senders.email_address import fits_into_a_header, usable_address
from nudge_senders.errors import UnusableQueueRow
from nudge_senders.http_answers import cannot_tell, not_understood, refused, retry_after
from nudge_senders.http_call import HttpCaller
from nudge_senders.message import Message
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import (
    Dead,
    NeedsReview,
    Outcome,
    Pending,
    Retryable,
    Sent,
    Suppressed,
    Uncertain,
    Verdict,
)
from nudge_senders.reasons import (
    ACCOUNT_SUSPENDED,
    CREDENTIALS_REJECTED,
    HEADER_UNUSABLE,
    QUOTA_EXHAUSTED,
    RECIPIENT_UNUSABLE,
)
from nudge_senders.vendor_settings import Setting, SettingValues
from nudge_senders.vocabulary import Action, Channel

SETTINGS = (
    Setting(
        name="HUBSPOT_ACCESS_TOKEN",
        purpose="token of a private app with the scope transactional-email",
        is_secret=True,
    ),
    Setting(
        name="HUBSPOT_EMAIL_ID",
        purpose="number of the transactional email that prints custom.subject and custom.body_html",
        pattern="[0-9]{1,18}",
    ),
)

_SEND = "POST /marketing/v3/transactional/single-email/send"
_STATUS = "GET /marketing/v3/email/send-statuses/{statusId}"
_CHECK = "GET /marketing/v3/transactional/smtp-tokens"
_EMAIL_NUMBER = re.compile(r"[0-9]{1,18}\Z")
_STATUS_ID = re.compile(r"[A-Za-z0-9_.:=+-]{1,150}\Z")

_FINAL = frozenset({"COMPLETE", "CANCELED"})
_OPEN = frozenset({"PENDING", "PROCESSING"})
#: Most sends are final within a minute; one that is not after ten is asked about less often.
_POLL_AFTER = timedelta(minutes=1)
_POLL_LATER = timedelta(minutes=5)
_IN_A_HURRY_FOR = timedelta(minutes=10)
_TEN_SECONDS = timedelta(seconds=10)


def _each(results: str, outcome: Outcome) -> dict[str, Outcome]:
    return dict.fromkeys(results.split(), outcome)


#: What HubSpot says became of a send -> what that means for the nudge. A result that is not here is for a
#: person. `QUEUED` is not here either: it is on its way.
RESULTS: Mapping[str, Outcome] = {
    **_each("SENT IDEMPOTENT_IGNORE", Sent()),
    **_each("IDEMPOTENT_FAIL", NeedsReview("key_conflict")),
    # Nothing says whether the mail server let it go.
    **_each("MTA_IGNORE", NeedsReview("ignored_by_mail_server")),
    **_each(
        "ADDRESS_OPTED_OUT PREVIOUSLY_UNSUBSCRIBED_MESSAGE PREVIOUSLY_UNSUBSCRIBED_PORTAL "
        "PREVIOUSLY_UNSUBSCRIBED_BRAND PREVIOUSLY_UNSUBSCRIBED_BUSINESS_UNIT",
        Suppressed("opted_out"),
    ),
    **_each("PREVIOUS_SPAM", Suppressed("complained")),
    **_each("PREVIOUSLY_BOUNCED", Suppressed("bounced")),
    **_each("GRAYMAIL_SUPPRESSED LOW_CONTACT_QUALITY_SCORE", Suppressed("not_engaged")),
    **_each(
        "RECIPIENT_FATIGUE_SUPPRESSED BRAND_RECIPIENT_FATIGUE_SUPPRESSED", Suppressed("recipient_fatigue")
    ),
    **_each("NON_MARKETABLE_CONTACT MARKETING_ACTIVATION_DISALLOWED", Suppressed("not_marketable")),
    **_each("GDPR_DOI_ENABLED EMAIL_UNCONFIRMED", Suppressed("consent_not_confirmed")),
    **_each(
        "BLOCKED_ADDRESS BLOCKED_DOMAIN QUARANTINED_ADDRESS ADDRESS_LIST_BOMBED",
        Suppressed("address_blocked"),
    ),
    **_each("INVALID_TO_ADDRESS UNDELIVERABLE", Dead(RECIPIENT_UNUSABLE)),
    **_each("ADDRESS_ONLY_ACCEPTED_ON_PROD", Dead("address_only_in_production")),
    **_each(
        "MISSING_CONTENT MISSING_TEMPLATE_PROPERTIES TEMPLATE_RENDER_EXCEPTION HUBL_LIMIT_EXCEEDED "
        "INVALID_FROM_ADDRESS CAMPAIGN_CANCELLED",
        Dead("vendor_template_unusable"),
    ),
    **_each(
        "VALIDATION_FAILED MISSING_REQUIRED_PARAMETER CORRUPT_INPUT TOO_MANY_RECIPIENTS "
        "INVALID_APP_ID_ATTRIBUTION",
        Dead("request_rejected"),
    ),
    **_each("THROTTLED ATTACHMENT_DOWNLOAD_QUEUE_FULL", Retryable("rate_limited")),
    **_each("PORTAL_OVER_LIMIT", Retryable(QUOTA_EXHAUSTED)),
    **_each(
        "PORTAL_SUSPENDED PORTAL_EXPIRED EMAIL_DISABLED CANCELLED_ABUSE UNCONFIGURED_SENDING_DOMAIN "
        "UBB_GOVERNANCE_MISSING",
        Retryable(ACCOUNT_SUSPENDED),
    ),
    **_each(
        "PORTAL_AUTHENTICATION_FAILURE PORTAL_NOT_AUTHORIZED_FOR_APPLICATION PORTAL_MISSING_MARKETING_SCOPE "
        "CONTACT_VIEW_PERMISSION",
        Retryable(CREDENTIALS_REJECTED),
    ),
}


class HubSpotDestination:
    """See the module's docstring."""

    name = "hubspot"
    channels = frozenset({Channel.EMAIL})
    actions = frozenset({Action.DELIVER})
    settlement: Settlement = NativeKey(key_life=timedelta(hours=24))
    minimum_interval = timedelta(0)

    def __init__(
        self,
        values: SettingValues,
        *,
        clock: Clock = system_clock,
        base_url: str | None = None,
        http: HttpCaller | None = None,
    ) -> None:
        # A rehearsal builds no destination, and should not wait for clients that it never uses.
        from nudge_senders.hubspot_client import HubSpotClient

        self._email_id = values["HUBSPOT_EMAIL_ID"]
        self._client = HubSpotClient(
            values["HUBSPOT_ACCESS_TOKEN"], base_url=base_url, http=http or HttpCaller(clock=clock)
        )

    def group(self, nudges: Sequence[Nudge]) -> Sequence[tuple[Nudge, ...]]:
        return one_each(nudges)

    def build_request(self, delivery: Delivery) -> Request:
        nudge = delivery.nudges[0]
        message = delivery.messages[nudge.nudge_id]
        address = usable_address(nudge.contact_email)
        if address is None:
            raise UnusableQueueRow("contact_email is no plain address", reason_code=RECIPIENT_UNUSABLE)
        if not fits_into_a_header(message.title):
            raise UnusableQueueRow("the subject holds a line break", reason_code=HEADER_UNUSABLE)
        number = message.vendor_template_id or self._email_id
        if not _EMAIL_NUMBER.match(number):
            raise UnusableQueueRow(
                "vendor_template_id is no number of a HubSpot email",
                reason_code="vendor_template_unusable",
            )
        return Request(
            operation=_SEND,
            payload={
                "emailId": int(number),
                "message": {"to": address, "sendId": delivery.idempotency_key},
                "customProperties": _properties(message),
            },
        )

    def parse_response(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        if response.status == 409:
            return Verdict(NeedsReview("key_conflict", provider_status="409"))
        if response.status == 429:
            return Verdict(_limited(response))
        if not 200 <= response.status < 300:
            return refused(request, response)
        body = response.body
        if not isinstance(body, dict) or not _STATUS_ID.match(str(body.get("statusId") or "")):
            return not_understood(request, response)
        return Verdict(_said(body, response.received_at + _POLL_AFTER))

    def build_inquiry(self, inquiry: Inquiry) -> Request | None:
        """None without a statusId: the send is then repeated with the same sendId."""
        if not _STATUS_ID.match(inquiry.provider_ref or ""):
            return None
        return Request(operation=_STATUS, payload={"statusId": inquiry.provider_ref}, has_effect=False)

    def parse_inquiry(self, inquiry: Inquiry, request: Request, response: Response) -> Verdict | Request:
        body = response.body
        if response.status != 200 or not isinstance(body, dict):
            return cannot_tell(response)
        waited = inquiry.asked_at - inquiry.attempted_at
        wait = _POLL_AFTER if waited < _IN_A_HURRY_FOR else _POLL_LATER
        return Verdict(_said({**body, "statusId": inquiry.provider_ref}, inquiry.asked_at + wait))

    def check(self) -> CheckAnswer:
        response = self.call(Request(operation=_CHECK, payload={}, has_effect=False))
        if response.status == 200:
            return CheckAnswer(True, "HubSpot accepts the token for transactional email")
        refusal = f"HubSpot does not accept the token (HTTP {response.status})"
        if response.status == 403:
            refusal += "; it needs the scope transactional-email"
        return CheckAnswer(False, refusal)

    def call(self, request: Request) -> Response:
        if request.operation == _SEND:
            return self._client.send(request.payload)
        if request.operation == _STATUS:
            return self._client.status(str(request.payload["statusId"]))
        return self._client.tokens()


def _properties(message: Message) -> dict[str, str]:
    if message.vendor_template_id:
        return {name: str(escape(value)) for name, value in message.variables.items()}
    return {
        "subject": message.title,
        "body_html": message.html,
        "body_text": message.text,
        "link_text": str(escape(message.link_text)),
        "link_url": str(escape(message.link_url)),
        "signature": str(escape(message.signature)),
    }


def _said(body: Mapping[str, object], check_at: datetime) -> Outcome:
    """What the status of a send says."""
    status_id, status, result = (str(body.get(key) or "") for key in ("statusId", "status", "sendResult"))
    if status in _OPEN or (status == "COMPLETE" and result == "QUEUED"):
        return Pending(status_id, check_at, provider_status=result or status)
    if status not in _FINAL:
        return Uncertain("status_unknown", provider_ref=status_id, provider_status=status)
    if not result:
        # Without a result, "cancelled" is certain and "complete" is not.
        is_cancelled = status == "CANCELED"
        return Dead("cancelled_by_provider", status) if is_cancelled else _review(status_id, status)
    meaning = RESULTS.get(result)
    match meaning:
        case None:
            return _review(status_id, result)
        case Sent():
            return Sent(_event_id(body) or status_id, result)
        case NeedsReview(reason_code=reason):
            return NeedsReview(reason, provider_ref=status_id, provider_status=result)
        case Dead(reason_code=reason):
            return Dead(reason, result)
        case Suppressed(reason_code=reason):
            return Suppressed(reason, result)
        case Retryable(reason_code=reason):
            # It was accepted under this sendId, which may be used up.
            return Retryable(reason, provider_status=result, provider_ref=status_id)
    raise AssertionError(f"{result} has no meaning")


def _review(status_id: str, said: str) -> NeedsReview:
    return NeedsReview("send_result_unknown", provider_ref=status_id, provider_status=said)


def _event_id(body: Mapping[str, object]) -> str:
    """The id that opens, clicks and complaints refer to."""
    event = body.get("eventId")
    return str(event.get("id") or "") if isinstance(event, Mapping) else ""


def _limited(response: Response) -> Retryable:
    """A daily limit concerns everybody until tomorrow; the one of ten seconds is over when HubSpot says."""
    policy = response.body.get("policyName") if isinstance(response.body, dict) else None
    if policy == "DAILY":
        return Retryable(QUOTA_EXHAUSTED, provider_status="429")
    interval = response.headers.get("x-hubspot-ratelimit-interval-milliseconds", "")
    is_usable = interval.isdecimal() and len(interval) <= 7
    wait = timedelta(milliseconds=int(interval)) if is_usable else _TEN_SECONDS
    now = response.received_at
    return Retryable(
        "rate_limited", retry_at=retry_after(response.headers, now) or now + wait, provider_status="429"
    )
