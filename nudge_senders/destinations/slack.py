"""Slack, through its own SDK: a card to the customer's CSM.

The CSM is found by Slack id, else by email, else the card goes to the fallback channel or person and says
whom it was meant for. Looking the person up and opening the conversation come before `attempting`, so that
the ledger knows the channel; what is written there carries the delivery's id and the nudge's in its metadata.
Slack takes no idempotency key: whether a doubtful card is there is looked up in the channel's history.

The app needs the scopes chat:write, im:write, users:read, users:read.email, and the history of the
conversations that it writes to (im:history; for a fallback channel, of which it has to be a member,
channels:history or groups:history). `check` names the ones that are missing.
What a card looks like is said in `slack_card`, what a refusal means in `slack_errors`, how a request travels
in `slack_client`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

from nudge_senders.clock import Clock, system_clock
from nudge_senders.destination import CheckAnswer, Delivery, Inquiry, Lookup, Request, Response, Settlement
from nudge_senders.errors import EffectUnknown, NotSent, SettingsUnusable, UnusableQueueRow
from nudge_senders.http_answers import not_understood, refused, retry_after
from nudge_senders.http_call import HttpCaller
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Dead, Retryable, Sent, Uncertain, Verdict
from nudge_senders.reasons import ANSWER_NOT_UNDERSTOOD, CALL_FAILED, NOT_FOUND_BY_INQUIRY, RECIPIENT_UNKNOWN
from nudge_senders.rendering import token_values
from nudge_senders.slack_card import (
    ACCOUNT_PLACE,
    MOST_IN_DIGEST,
    digest_card,
    notification,
    single_card,
)
from nudge_senders.slack_errors import MEANINGS, NOT_THIS_PERSON
from nudge_senders.vendor_settings import Setting, SettingValues
from nudge_senders.vocabulary import Action, Channel

SETTINGS = (
    Setting(name="SLACK_BOT_TOKEN", purpose="the app's bot token, xoxb-...", is_secret=True),
    Setting(
        name="SLACK_FALLBACK_CHANNEL",
        purpose="id of the channel or person for cards whose CSM Slack does not know",
        default="",
    ),
    Setting(
        name="MILESTONE_AGENT_ACCOUNT_URL",
        purpose=f"https address of an account's page, with {ACCOUNT_PLACE} in it",
        default="",
    ),
)

PERSON_ID = re.compile(r"[UW][A-Z0-9]{2,20}\Z")
CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{2,20}\Z")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")
_CODE = re.compile(r"[a-z_]{1,60}\Z")

_LOOK_UP = "users.lookupByEmail"
_OPEN = "conversations.open"
_POST = "chat.postMessage"
_HISTORY = "conversations.history"
_CHECK = "auth.test"
#: What is asked for in this file; the history of a channel needs one of two, by the kind of channel.
_SCOPES = frozenset({"chat:write", "im:write", "im:history", "users:read", "users:read.email"})
_HISTORY_OF_CHANNELS = frozenset({"channels:history", "groups:history"})
EVENT_TYPE = "milestone_agent_nudge"

#: Slack's clock and ours, and the reading between the time that an attempt carries and its call.
_SKEW = timedelta(minutes=5)
_PAGE_SIZE = 50
_MOST_PAGES = 20

#: Somebody who could get the card: what is known of him (person, email, channel), and whether he is only the
#: fallback.
_Candidate = tuple[str, str, bool]


class SlackDestination:
    """See the module's docstring."""

    name = "slack"
    channels = frozenset({Channel.HUMAN})
    actions = frozenset({Action.DELIVER})
    settlement: Settlement = Lookup(settling_time=timedelta(minutes=10))
    minimum_interval = timedelta(seconds=1)

    def __init__(
        self,
        values: SettingValues,
        *,
        clock: Clock = system_clock,
        base_url: str | None = None,
        http: HttpCaller | None = None,
    ) -> None:
        # A rehearsal builds no destination, and should not wait for clients that it never uses.
        from nudge_senders.slack_client import SLACK_URL, build_client

        self._fallback = values["SLACK_FALLBACK_CHANNEL"]
        self._account_url = values["MILESTONE_AGENT_ACCOUNT_URL"]
        if self._fallback and not (PERSON_ID.match(self._fallback) or CHANNEL_ID.match(self._fallback)):
            raise SettingsUnusable("SLACK_FALLBACK_CHANNEL has to be an id such as C0123456 or U0123456")
        if self._account_url and not _is_account_url(self._account_url):
            raise SettingsUnusable(
                f"MILESTONE_AGENT_ACCOUNT_URL has to begin with https:// and hold {ACCOUNT_PLACE} once"
            )
        self._clock = clock
        #: People and conversations found by this object: one CSM gets many cards, and Slack counts questions.
        self._known: dict[tuple[object, ...], Response] = {}
        self._client = build_client(
            values["SLACK_BOT_TOKEN"], base_url=base_url or SLACK_URL, http=http or HttpCaller(clock=clock)
        )

    def group(self, nudges: Sequence[Nudge]) -> Sequence[tuple[Nudge, ...]]:
        """Nudges of one CSM with the same digest_key leave as one card, others each alone."""
        groups: dict[tuple[str, ...], list[Nudge]] = {}
        for nudge in nudges:
            key: tuple[str, ...] = (nudge.nudge_id, nudge.action)
            if nudge.digest_key is not None and nudge.action is Action.DELIVER:
                csm = nudge.csm_slack_id or (nudge.csm_email or "").strip().casefold()
                key = ("digest", nudge.digest_key, csm)
            groups.setdefault(key, []).append(nudge)
        return [
            tuple(group[start : start + MOST_IN_DIGEST])
            for group in groups.values()
            for start in range(0, len(group), MOST_IN_DIGEST)
        ]

    def build_request(self, delivery: Delivery) -> Request:
        candidates = self._candidates(delivery.nudges[0])
        if not candidates:
            raise UnusableQueueRow(
                "the account has no CSM with a Slack id or email, and there is no fallback",
                reason_code=RECIPIENT_UNKNOWN,
            )
        return self._ask_for(delivery, candidates)

    def parse_response(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        body, error = _read(response)
        candidates = request.carry["candidates"]
        assert isinstance(candidates, tuple)
        if error in NOT_THIS_PERSON and request.operation != _POST:
            return self._next(delivery, candidates)
        if error is not None:
            return _verdict(error, request, response)
        if request.operation == _POST:
            if not _text(body, "ts") or not _text(body, "channel"):
                return not_understood(request, response)
            return Verdict(_receipt(body["channel"], body))
        if request.operation == _LOOK_UP:
            user = body.get("user")
            if not isinstance(user, dict) or not _text(user, "id"):
                return not_understood(request, response)
            if user.get("deleted") is True:
                return self._next(delivery, candidates)
            return self._ask_for(delivery, (("person", user["id"], candidates[0][2]), *candidates[1:]))
        channel = body.get("channel")
        if not isinstance(channel, dict) or not _text(channel, "id"):
            return not_understood(request, response)
        return self._post(delivery, channel["id"], candidates)

    def build_inquiry(self, inquiry: Inquiry) -> Request | None:
        channel = (inquiry.provider_ref or "").partition(":")[0]
        if not CHANNEL_ID.match(channel):
            return None
        return _page_of_history(inquiry, channel, cursor="", page=1)

    def parse_inquiry(self, inquiry: Inquiry, request: Request, response: Response) -> Verdict | Request:
        body, error = _read(response)
        messages = body.get("messages")
        if error is not None or not isinstance(messages, list):
            return Verdict(Uncertain("inquiry_refused", provider_status=error))
        channel = str(request.payload["channel"])
        for message in messages:
            if _is_of(inquiry, message):
                return Verdict(_receipt(channel, message))
        metadata = body.get("response_metadata")
        cursor = _text(metadata, "next_cursor") if isinstance(metadata, dict) else ""
        if not cursor:
            is_whole = body.get("has_more") is not True
            return Verdict(Retryable(NOT_FOUND_BY_INQUIRY) if is_whole else Uncertain(ANSWER_NOT_UNDERSTOOD))
        page = int(str(request.carry["page"])) + 1
        if page > _MOST_PAGES:
            return Verdict(Uncertain("history_too_long"))
        return _page_of_history(inquiry, channel, cursor=cursor, page=page)

    def check(self) -> CheckAnswer:
        response = self.call(Request(operation=_CHECK, payload={}, has_effect=False))
        _, error = _read(response)
        if error is not None:
            return CheckAnswer(False, f"Slack does not accept the token ({error})")
        missing = self._missing_scopes(response)
        if missing:
            return CheckAnswer(False, f"the token lacks the scopes {', '.join(missing)}")
        return CheckAnswer(True, "Slack accepts the token")

    def _missing_scopes(self, response: Response) -> list[str]:
        """Slack names the scopes of a token with every answer; an answer without them proves nothing."""
        granted = {scope.strip() for scope in response.headers.get("x-oauth-scopes", "").split(",")} - {""}
        missing = sorted(_SCOPES - granted) if granted else []
        if granted and self._fallback.startswith("C") and not granted & _HISTORY_OF_CHANNELS:
            missing.append(" or ".join(sorted(_HISTORY_OF_CHANNELS)))
        return missing

    def call(self, request: Request) -> Response:
        if request.operation not in (_LOOK_UP, _OPEN):
            return self._ask(request)
        key = (request.operation, *sorted(request.payload.items()))
        if key not in self._known:
            response = self._ask(request)
            if _read(response)[1] is not None:
                return response
            self._known[key] = response
        return self._known[key]

    def _ask(self, request: Request) -> Response:
        from slack_sdk.errors import SlackApiError

        # Slack takes these of its methods as forms only.
        is_form = request.operation in (_LOOK_UP, _HISTORY, _CHECK)
        sent: dict[str, Any] = {"params" if is_form else "json": dict(request.payload)}
        try:
            answer = self._client.api_call(request.operation, **sent)
        except SlackApiError as error:
            answer = error.response
        except (NotSent, EffectUnknown):
            raise
        except Exception:
            # Its text may hold what was to be sent.
            raise EffectUnknown(CALL_FAILED) from None
        return Response(
            status=answer.status_code,
            body=answer.data,
            headers={name.lower(): str(value) for name, value in answer.headers.items()},
            received_at=self._clock(),
        )

    # -- who gets it

    def _candidates(self, nudge: Nudge) -> tuple[_Candidate, ...]:
        found = [_by_id(nudge.csm_slack_id or "", is_fallback=False)]
        email = (nudge.csm_email or "").strip()
        found.append(("email", email, False) if _EMAIL.match(email) else None)
        if not nudge.is_trial:
            found.append(_by_id(self._fallback, is_fallback=True))
        return tuple(candidate for candidate in found if candidate is not None)

    def _next(self, delivery: Delivery, candidates: tuple[_Candidate, ...]) -> Verdict | Request:
        if len(candidates) < 2:
            return Verdict(Dead(RECIPIENT_UNKNOWN))
        return self._ask_for(delivery, candidates[1:])

    def _ask_for(self, delivery: Delivery, candidates: tuple[_Candidate, ...]) -> Request:
        """The request that leads to the first of them."""
        kind, value, _ = candidates[0]
        if kind == "channel":
            return self._post(delivery, value, candidates)
        payload = {"email": value} if kind == "email" else {"users": value}
        operation = _LOOK_UP if kind == "email" else _OPEN
        return Request(
            operation=operation, payload=payload, has_effect=False, carry={"candidates": candidates}
        )

    def _post(self, delivery: Delivery, channel: str, candidates: tuple[_Candidate, ...]) -> Request:
        nudges, messages = delivery.nudges, delivery.messages
        note = _meant_for(nudges[0]) if candidates[0][2] else ""
        about = {"delivery_id": delivery.delivery_id}
        if len(nudges) == 1:
            about["nudge_id"] = nudges[0].nudge_id
            blocks = single_card(
                nudges[0], messages[nudges[0].nudge_id], account_url=self._account_url, note=note
            )
        else:
            blocks = digest_card(nudges, messages, account_url=self._account_url, note=note)
        return Request(
            operation=_POST,
            payload={
                "channel": channel,
                "text": notification(nudges, messages),
                "blocks": blocks,
                "metadata": {"event_type": EVENT_TYPE, "event_payload": about},
                "mrkdwn": False,
                "unfurl_links": False,
                "unfurl_media": False,
            },
            address_ref=channel,
            carry={"candidates": candidates},
        )


def _by_id(value: str, *, is_fallback: bool) -> _Candidate | None:
    value = value.strip()
    if PERSON_ID.match(value):
        return ("person", value, is_fallback)
    return ("channel", value, is_fallback) if CHANNEL_ID.match(value) else None


def _meant_for(nudge: Nudge) -> str:
    values = token_values(nudge)
    csm = values["csm_name"] or values["csm_email"]
    if csm is None:
        return "This comes here because the account has no CSM."
    return f"This comes here because Slack does not know the account's CSM, {csm}."


def _is_account_url(template: str) -> bool:
    rest = template.replace(ACCOUNT_PLACE, "", 1)
    is_plain = not re.search(r"[\s<>\"'|{}]", rest)
    return template.startswith("https://") and ACCOUNT_PLACE in template and is_plain


# -- answers


def _read(response: Response) -> tuple[dict[str, Any], str | None]:
    """The body, and what went wrong: Slack's word for it, or the HTTP status; None when nothing did."""
    body = response.body
    if response.status != 200:
        return {}, f"http_{response.status}"
    if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
        return {}, ANSWER_NOT_UNDERSTOOD
    if body["ok"]:
        return body, None
    error = _text(body, "error")
    return body, error if _CODE.match(error) else ANSWER_NOT_UNDERSTOOD


def _verdict(error: str, request: Request, response: Response) -> Verdict:
    """What a refusal means. Slack says of its internal errors that they may come after the effect."""
    asked_again_at = retry_after(response.headers, response.received_at)
    if response.status != 200:
        return refused(request, response, retry_at=asked_again_at)
    meaning = MEANINGS.get(error)
    if meaning is None:
        return Verdict(Uncertain(error))
    if isinstance(meaning, Retryable):
        return Verdict(replace(meaning, retry_at=asked_again_at, provider_status=error))
    return Verdict(replace(meaning, provider_status=error))


def _receipt(channel: str, message: dict[str, Any]) -> Sent:
    return Sent(provider_ref=f"{channel}:{message['ts']}")


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


# -- the history


def _page_of_history(inquiry: Inquiry, channel: str, *, cursor: str, page: int) -> Request:
    oldest = (inquiry.attempted_at - _SKEW).astimezone(UTC).timestamp()
    payload: dict[str, object] = {
        "channel": channel,
        "oldest": f"{oldest:.6f}",
        "include_all_metadata": True,
        "limit": _PAGE_SIZE,
    }
    if cursor:
        payload["cursor"] = cursor
    return Request(operation=_HISTORY, payload=payload, has_effect=False, carry={"page": page})


def _is_of(inquiry: Inquiry, message: object) -> bool:
    """Is this the card of the delivery? Of a digest some nudges may be settled already: its id stays."""
    metadata = message.get("metadata") if isinstance(message, dict) else None
    if not isinstance(metadata, dict) or metadata.get("event_type") != EVENT_TYPE:
        return False
    about = metadata.get("event_payload")
    if not isinstance(about, dict) or not isinstance(message, dict) or not _text(message, "ts"):
        return False
    return about.get("delivery_id") == inquiry.delivery_id or about.get("nudge_id") in inquiry.nudge_ids
