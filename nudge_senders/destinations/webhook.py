"""Signed webhooks: one sender for Momentum, Lindy, Zapier and Moveworks, which differ in their settings only.

Headers and signature are those of Standard Webhooks: `webhook-id` is the nudge's id, `webhook-signature` is
`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`. A receiver can neither be asked nor be relied on
to drop what it has had before: doubt goes to a person, unless the operator prefers a repetition
(`..._WHEN_IN_DOUBT=repeat`) because the flow behind the webhook drops a `nudge_id` that it knows.

2xx is all that a receiver says. What its flow makes of the message is not known here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from nudge_senders.clock import Clock, system_clock
from nudge_senders.destination import (
    CheckAnswer,
    Delivery,
    Inquiry,
    NativeKey,
    NoSettlement,
    Request,
    Response,
    Settlement,
    one_each,
)
from nudge_senders.errors import SettingsUnusable
from nudge_senders.http_answers import refused, retry_after
from nudge_senders.http_call import HttpCaller
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Retryable, Sent, Uncertain, Verdict
from nudge_senders.reasons import ENDPOINT_GONE, NO_WAY_TO_SETTLE
from nudge_senders.rendering import slack_unescape
from nudge_senders.vendor_settings import Setting, SettingValues
from nudge_senders.vocabulary import Action, Channel
from nudge_senders.webhook_hosts import allowed_hosts, is_public, url_problem

ALLOWED_HOSTS = Setting(
    name="WEBHOOK_ALLOWED_HOSTS",
    purpose="hosts that webhooks may go to, separated by commas",
)
_SECRET_PREFIX = "whsec_"
_SHORTEST_KEY = 16
#: How long a repetition is worth relying on the flow's memory; the senders use half of it.
_KEY_LIFE = timedelta(hours=24)
#: What of a nudge the flow may use, besides its text. Nothing that changes from tick to tick, such as the
#: hours overdue: a repetition under the same id has to have the same body.
_FACTS = (
    "nudge_id",
    "account_id",
    "account_name",
    "cycle",
    "milestone_key",
    "milestone_name",
    "tier",
    "next_milestone_expected_by",
    "milestones_completed",
    "milestones_total",
)
_CSM = ("csm_name", "csm_email", "csm_slack_id")
#: For the CSM only: an error's own words are not for customers.
_FAILURE = (
    "failed_integration",
    "failed_error_class",
    "failed_error_code",
    "failed_error_message",
    "failed_log_url",
)
_CONTACT = ("contact_id", "contact_user_id", "contact_email", "contact_name")


def webhook_settings(preset: str, *, is_token_required: bool = False) -> tuple[Setting, ...]:
    """The variables of a preset, such as `ZAPIER_WEBHOOK_URL`."""
    prefix = preset.upper()
    return (
        Setting(name=f"{prefix}_WEBHOOK_URL", purpose="URL of the webhook, https", is_secret=True),
        Setting(
            name=f"{prefix}_WEBHOOK_SECRET",
            purpose=f"signing secret, {_SECRET_PREFIX} and base64 or any 24 characters",
            is_secret=True,
            pattern=r".{24,}",
        ),
        Setting(
            name=f"{prefix}_WEBHOOK_TOKEN",
            purpose="bearer token that the webhook asks for",
            default=None if is_token_required else "",
            is_secret=True,
        ),
        ALLOWED_HOSTS,
        Setting(
            name=f"{prefix}_WHEN_IN_DOUBT",
            purpose="what happens to a doubtful message: review by a person, or repeat",
            default="review",
            choices=("review", "repeat"),
        ),
    )


class WebhookDestination:
    """See the module's docstring. `base_url` and `http` are for tests: the URL is judged all the same."""

    actions = frozenset({Action.DELIVER})
    minimum_interval = timedelta(0)

    def __init__(
        self,
        preset: str,
        channels: frozenset[Channel],
        values: SettingValues,
        *,
        base_url: str | None = None,
        http: HttpCaller | None = None,
        clock: Clock = system_clock,
    ) -> None:
        prefix = preset.upper()
        url = values[f"{prefix}_WEBHOOK_URL"]
        problem = url_problem(url, allowed_hosts(values[ALLOWED_HOSTS.name]))
        if problem is not None:
            raise SettingsUnusable(f"{preset} is not configured: {prefix}_WEBHOOK_URL {problem}")
        self.name = preset
        self.channels = channels
        is_repeated = values[f"{prefix}_WHEN_IN_DOUBT"] == "repeat"
        self.settlement: Settlement = (
            NativeKey(key_life=_KEY_LIFE, batch_size=10, is_body_bound=False)
            if is_repeated
            else NoSettlement()
        )
        self._key = _signing_key(preset, values[f"{prefix}_WEBHOOK_SECRET"])
        self._token = values[f"{prefix}_WEBHOOK_TOKEN"]
        parts = urlsplit(url)
        self._host = str(parts.hostname)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self._url = (base_url or f"https://{self._host}") + target
        self._http = http or HttpCaller(may_connect=is_public)
        self._clock = clock

    def group(self, nudges: Sequence[Nudge]) -> Sequence[tuple[Nudge, ...]]:
        return one_each(nudges)

    def build_request(self, delivery: Delivery) -> Request:
        nudge = delivery.nudges[0]
        message = delivery.messages[nudge.nudge_id]
        plain = slack_unescape if message.channel is Channel.HUMAN else str
        payload: dict[str, object] = {
            **_present(nudge, _FACTS),
            "type": "nudge.deliver",
            "channel": nudge.channel.value,
            "recipient": _present(nudge, _CSM if nudge.channel is Channel.HUMAN else _CONTACT),
            "message": {
                "title": plain(message.title),
                "paragraphs": [plain(paragraph) for paragraph in message.paragraphs],
                "text": plain(message.text),
                "link_text": plain(message.link_text),
                "link_url": message.link_url,
                "variables": dict(message.variables),
            },
        }
        if message.channel is Channel.HUMAN:
            payload["failure"] = _present(nudge, _FAILURE)
            payload["slack_text"] = f"{message.title}\n\n{message.text}"
        return Request(operation=f"POST {self.name}", payload=payload)

    def parse_response(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        if 200 <= response.status < 300:
            return Verdict(Sent(delivery.idempotency_key, provider_status=str(response.status)))
        if response.status in (404, 410):
            # The webhook was removed: no fault of the nudge.
            status = str(response.status)
            return Verdict(Retryable(ENDPOINT_GONE, provider_status=status))
        retry_at = retry_after(response.headers, response.received_at)
        return refused(request, response, retry_at=retry_at)

    def build_inquiry(self, inquiry: Inquiry) -> Request | None:
        return None

    def parse_inquiry(self, inquiry: Inquiry, request: Request, response: Response) -> Verdict | Request:
        return Verdict(Uncertain(NO_WAY_TO_SETTLE))

    def check(self) -> CheckAnswer:
        """Whether the host can be reached. A request, even an empty one, would set off the flow."""
        self._http.reach(self._host, 443)
        return CheckAnswer(True, "the host can be reached; that it takes our messages is not proven")

    def call(self, request: Request) -> Response:
        body = json.dumps(request.payload, sort_keys=True, separators=(",", ":")).encode("ascii")
        webhook_id = str(request.payload["nudge_id"])
        timestamp = str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": sign(self._key, webhook_id, timestamp, body),
        }
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        return self._http.request("POST", self._url, headers=headers, content=body)


def sign(key: bytes, webhook_id: str, timestamp: str, body: bytes) -> str:
    """The signature of Standard Webhooks, version 1 (standardwebhooks.com, "Signature scheme")."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _signing_key(preset: str, secret: str) -> bytes:
    if not secret.startswith(_SECRET_PREFIX):
        return secret.encode()
    try:
        key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < _SHORTEST_KEY:
        raise SettingsUnusable(
            f"{preset} is not configured: {preset.upper()}_WEBHOOK_SECRET begins with {_SECRET_PREFIX} "
            f"but does not go on with the base64 of at least {_SHORTEST_KEY} bytes"
        )
    return key


def _present(nudge: Nudge, names: Sequence[str]) -> Mapping[str, object]:
    found = {name: getattr(nudge, name) for name in names}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in found.items()
        if value is not None
    }
