"""What a CSM gets in Slack, who it goes to, and what Slack's answers mean. Nothing is contacted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nudge_senders.destination import Delivery, Inquiry, Request, Response, make_delivery
from nudge_senders.destinations.slack import SETTINGS, SlackDestination
from nudge_senders.errors import SettingsUnusable, UnusableQueueRow
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Dead, Retryable, Sent, Uncertain, Verdict
from nudge_senders.rendering import render
from nudge_senders.samples import SAMPLE_NUDGE
from nudge_senders.slack_card import single_card
from nudge_senders.vendor_settings import read_settings
from nudge_senders.vocabulary import Action, Channel
from tests.nudge_senders.world import START

NUDGE = replace(
    SAMPLE_NUDGE,
    nudge_id="n1",
    tier=3,
    channel=Channel.HUMAN,
    destination="slack",
    template_key="csm_alert",
    template_milestone_key="integration_connected",
    failed_error_class="expired_credential",
    earlier_nudges="in-app hint sent 2026-03-03 10:00 UTC, email sent 2026-03-04 10:00 UTC (opened)",
)
ACCOUNTS = "https://app.example.com/accounts/{account_id}?tab=health"


def _slack(**environ: str) -> SlackDestination:
    given = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_FALLBACK_CHANNEL": "C0FALLBACK",
        "MILESTONE_AGENT_ACCOUNT_URL": ACCOUNTS,
    }
    return SlackDestination(read_settings("slack", SETTINGS, given | environ))


def _delivery(*nudges: Nudge) -> Delivery:
    messages = {nudge.nudge_id: render(nudge) for nudge in nudges}
    return make_delivery(
        nudges, messages, attempt=1, first_attempted_at=START, deadline_at=START + timedelta(seconds=30)
    )


def _answer(body: object, *, status: int = 200, **headers: str) -> Response:
    return Response(status=status, body=body, headers=headers, received_at=START)


def _refusal(error: str) -> Response:
    return _answer({"ok": False, "error": error})


def _walk(slack: SlackDestination, delivery: Delivery, answers: Sequence[Response]) -> Any:
    """The requests that were made, and what the last answer led to."""
    step: Request | Verdict = slack.build_request(delivery)
    asked: list[tuple[str, Mapping[str, object]]] = []
    for answer in answers:
        assert isinstance(step, Request)
        assert not step.has_effect
        asked.append((step.operation, step.payload))
        step = slack.parse_response(delivery, step, answer)
    return asked, step


def _card(nudge: Nudge, slack: SlackDestination | None = None) -> Any:
    _, post = _walk(
        slack or _slack(), _delivery(nudge), [_answer({"ok": True, "channel": {"id": "D0GRACE"}})]
    )
    return post


def _texts(post: Request) -> str:
    return json.dumps(post.payload["blocks"], ensure_ascii=False)


# -- who gets it


def test_the_conversation_is_known_before_the_card_leaves() -> None:
    asked, post = _walk(_slack(), _delivery(NUDGE), [_answer({"ok": True, "channel": {"id": "D0GRACE"}})])
    assert asked == [("conversations.open", {"users": "U0123456"})]
    assert (post.operation, post.payload["channel"], post.address_ref) == (
        "chat.postMessage",
        "D0GRACE",
        "D0GRACE",
    )
    assert post.has_effect


def test_a_csm_without_slack_id_is_looked_up_by_email() -> None:
    asked, post = _walk(
        _slack(),
        _delivery(replace(NUDGE, csm_slack_id=None)),
        [_answer({"ok": True, "user": {"id": "U0777"}}), _answer({"ok": True, "channel": {"id": "D0777"}})],
    )
    assert asked[0] == ("users.lookupByEmail", {"email": "grace@example.com"})
    assert asked[1] == ("conversations.open", {"users": "U0777"})
    assert post.payload["channel"] == "D0777"
    assert "does not know" not in _texts(post)


@pytest.mark.parametrize(
    "answers",
    [
        [_refusal("user_not_found"), _refusal("users_not_found")],
        [_refusal("user_disabled"), _answer({"ok": True, "user": {"id": "U1", "deleted": True}})],
        [
            _refusal("user_not_found"),
            _answer({"ok": True, "user": {"id": "U1X"}}),
            _refusal("cannot_dm_bot"),
        ],
    ],
)
def test_a_csm_whom_slack_does_not_know_is_named_in_the_fallback_channel(answers: list[Response]) -> None:
    _, post = _walk(_slack(), _delivery(NUDGE), answers)
    assert post.payload["channel"] == "C0FALLBACK"
    assert "Slack does not know the account's CSM, Grace Hopper." in _texts(post)
    _, verdict = _walk(_slack(SLACK_FALLBACK_CHANNEL=""), _delivery(NUDGE), answers)
    assert verdict == Verdict(Dead("recipient_unknown"))


def test_a_test_send_never_goes_to_the_fallback() -> None:
    trial = replace(NUDGE, namespace="dev/trial", csm_email=None)
    _, verdict = _walk(_slack(), _delivery(trial), [_refusal("user_not_found")])
    assert verdict == Verdict(Dead("recipient_unknown"))


def test_a_fallback_person_is_written_to_directly_and_without_anybody_there_is_no_request() -> None:
    nobody = replace(NUDGE, csm_slack_id="not an id", csm_email=None, csm_name=None)
    asked, post = _walk(
        _slack(SLACK_FALLBACK_CHANNEL="U0OWNER"),
        _delivery(nobody),
        [_answer({"ok": True, "channel": {"id": "D0OWNER"}})],
    )
    assert asked == [("conversations.open", {"users": "U0OWNER"})]
    assert "the account has no CSM" in _texts(post)
    with pytest.raises(UnusableQueueRow):
        _slack(SLACK_FALLBACK_CHANNEL="").build_request(_delivery(nobody))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_FALLBACK_CHANNEL", "#general"),
        ("MILESTONE_AGENT_ACCOUNT_URL", "http://app.example.com/{account_id}"),
        ("MILESTONE_AGENT_ACCOUNT_URL", "https://app.example.com/"),
        ("MILESTONE_AGENT_ACCOUNT_URL", "https://app.example.com/{account_id}/{secret}"),
        ("MILESTONE_AGENT_ACCOUNT_URL", "https://app.example.com/{account_id}|<!here>"),
    ],
)
def test_an_unusable_setting_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsUnusable, match=name) as error:
        _slack(**{name: value})
    assert value not in str(error.value)


# -- the card


def test_the_card_holds_all_that_the_csm_needs() -> None:
    post = _card(NUDGE)
    told = _texts(post)
    for fact in (
        "Acme &amp; Sons",
        "Day 4 of 14.",
        "Milestones: 2 of 5 done",
        "26 h overdue",
        "Active people in the last 7 days: 3.",
        "email sent 2026-03-04 10:00 UTC (opened)",
        "Kind of error: expired credential. Connect it again with a user whose password or key is valid.",
        "https://logs.example.com/runs/123?a=1&b=2",
        "https://app.example.com/accounts/acct_42?tab=health",
    ):
        assert fact in told
    assert post.payload["metadata"]["event_payload"]["nudge_id"] == "n1"
    assert post.payload["unfurl_links"] is False


def test_the_account_in_a_link_is_quoted_and_without_setting_there_is_no_link() -> None:
    assert "accounts/a%2Fb%3Fc%20d?tab" in _texts(_card(replace(NUDGE, account_id="a/b?c d")))
    assert "accounts/" not in _texts(_card(NUDGE, _slack(MILESTONE_AGENT_ACCOUNT_URL="")))


def test_nothing_of_a_customer_is_markup_and_nothing_is_longer_than_slack_takes() -> None:
    nasty = "<!channel> <https://evil.example|Click> *b* & \u202eevil\u200b\x07" + "&" * 3000
    nudge = replace(
        NUDGE,
        account_name=nasty,
        failed_error_message=nasty,
        earlier_nudges=nasty,
        furthest_milestone_name=nasty,
    )
    post = _card(nudge)
    for block in post.payload["blocks"]:
        if block["type"] in ("header", "section"):
            assert block["text"]["type"] == "plain_text"
            assert len(block["text"]["text"]) <= (150 if block["type"] == "header" else 3000)
    told = _texts(post) + post.payload["text"]
    assert "<!channel>" not in told and "<https" not in told
    assert not any(hidden in told for hidden in ("\u202e", "\u200b", "\x07", "\\u0007"))
    assert len(post.payload["blocks"]) <= 50


def test_a_message_longer_than_a_card_is_cut_and_never_within_an_escaped_character() -> None:
    message = replace(
        render(NUDGE), title="&amp;" * 50, paragraphs=("&amp;" * 1000,) * 60, link_text="&lt;" * 50
    )
    card: Any = single_card(NUDGE, message, account_url=ACCOUNTS, note="who it was meant for")
    assert len(card) == 50
    assert card[-1]["type"] == "actions"
    texts = [block["text"]["text"] for block in card[:-1]]
    texts += [button["text"]["text"] for button in card[-1]["elements"]]
    assert [len(texts[0]) <= 150, max(map(len, texts)) <= 3000, len(texts[-2]) <= 75] == [True] * 3
    assert all(text.endswith(("…", ";…")) and "&…" not in text for text in (texts[0], texts[2]))
    assert all("&a…" not in text and "&am…" not in text and "&amp…" not in text for text in texts)


# -- digests


def test_nudges_of_one_csm_with_one_digest_key_leave_as_one_card() -> None:
    slack = _slack()
    nudges = [
        replace(NUDGE, nudge_id="a", account_name="Alpha", digest_key="morning"),
        replace(NUDGE, nudge_id="b", account_name="Beta", digest_key="morning", csm_slack_id="U0OTHER"),
        replace(NUDGE, nudge_id="c", account_name="Gamma", digest_key="morning"),
        replace(NUDGE, nudge_id="d", account_name="Delta"),
        replace(NUDGE, nudge_id="e", account_name="Epsilon"),
    ]
    groups = [[nudge.nudge_id for nudge in group] for group in slack.group(nudges)]
    assert groups == [["a", "c"], ["b"], ["d"], ["e"]]
    delivery = _delivery(nudges[0], nudges[2])
    _, post = _walk(slack, delivery, [_answer({"ok": True, "channel": {"id": "D0GRACE"}})])
    told = _texts(post)
    assert "2 accounts need a hand" in told and "Alpha" in told and "Gamma" in told
    assert post.payload["metadata"]["event_payload"] == {"delivery_id": delivery.delivery_id}


def test_a_digest_never_holds_more_than_a_card_can_show() -> None:
    nudges = [
        replace(NUDGE, nudge_id=f"n{number}", account_id=f"a-{number}", digest_key="k")
        for number in range(120)
    ]
    groups = _slack().group(nudges)
    assert sum(len(group) for group in groups) == 120
    _, post = _walk(_slack(), _delivery(*groups[0]), [_answer({"ok": True, "channel": {"id": "D0GRACE"}})])
    assert len(post.payload["blocks"]) <= 50
    assert all(f"accounts/{nudge.account_id}?" in _texts(post) for nudge in groups[0])


# -- answers


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (_answer({"ok": True, "channel": "D0GRACE", "ts": "17.5"}), Sent("D0GRACE:17.5")),
        (_refusal("internal_error"), Uncertain("internal_error")),
        (_refusal("fatal_error"), Uncertain("fatal_error")),
        (_refusal("an_error_from_the_future"), Uncertain("an_error_from_the_future")),
        (_refusal("no address@example.com here"), Uncertain("answer_not_understood")),
        (_answer({"ok": True}), Uncertain("answer_not_understood", "D0GRACE", "200")),
        (_answer("<html>log in</html>"), Uncertain("answer_not_understood")),
        (
            _answer({"ok": False, "error": "invalid_auth"}, status=500),
            Uncertain("server_error", "D0GRACE", "500"),
        ),
        (_refusal("is_archived"), Dead("recipient_unreachable", "is_archived")),
        (_refusal("channel_not_found"), Dead("recipient_unreachable", "channel_not_found")),
        (_refusal("invalid_auth"), Retryable("credentials_rejected", provider_status="invalid_auth")),
        (_refusal("invalid_blocks"), Dead("request_rejected", "invalid_blocks")),
        (
            _refusal("token_revoked"),
            Retryable("credentials_rejected", provider_status="token_revoked"),
        ),
        (
            _refusal("account_inactive"),
            Retryable("account_suspended", provider_status="account_inactive"),
        ),
        (
            _answer(None, status=429, **{"retry-after": "30"}),
            Retryable("rate_limited", START + timedelta(seconds=30), "429"),
        ),
        (_refusal("ratelimited"), Retryable("rate_limited", None, "ratelimited")),
    ],
)
def test_every_answer_to_the_card_has_its_meaning(response: Response, outcome: Any) -> None:
    delivery = _delivery(NUDGE)
    assert _slack().parse_response(delivery, _card(NUDGE), response) == Verdict(outcome)


# -- doubt


def _inquiry(**columns: Any) -> Inquiry:
    asked: dict[str, Any] = {
        "delivery_id": "d1",
        "action": Action.DELIVER,
        "namespace": "prod/live",
        "nudge_ids": ("n1",),
        "attempt": 1,
        "attempted_at": START,
        "deadline_at": START + timedelta(seconds=30),
        "asked_at": START + timedelta(minutes=11),
        "account_id": "acct_42",
        "contact_id": None,
        "milestone_key": "m",
        "provider_ref": "D0GRACE",
        "provider_status": None,
    }
    return Inquiry(**(asked | columns))


def _message(**about: str) -> dict[str, Any]:
    return {"ts": "17.5", "metadata": {"event_type": "milestone_agent_nudge", "event_payload": about}}


def _history(*messages: Any, cursor: str = "", has_more: bool = False) -> Response:
    body = {"ok": True, "messages": list(messages), "has_more": has_more}
    return _answer(body | {"response_metadata": {"next_cursor": cursor}})


def test_the_history_is_searched_from_before_the_attempt_with_metadata() -> None:
    question = _slack().build_inquiry(_inquiry())
    assert question is not None and not question.has_effect
    assert question.payload["include_all_metadata"] is True
    assert float(str(question.payload["oldest"])) < START.timestamp()
    assert _slack().build_inquiry(_inquiry(provider_ref=None)) is None


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (_history(_message(nudge_id="other"), _message(nudge_id="n1")), Sent("D0GRACE:17.5")),
        (_history(_message(delivery_id="d1")), Sent("D0GRACE:17.5")),
        (_history({"ts": "1"}, _message(nudge_id="other")), Retryable("not_found_by_inquiry")),
        (_history(has_more=True), Uncertain("answer_not_understood")),
        (_refusal("missing_scope"), Uncertain("inquiry_refused", provider_status="missing_scope")),
        (_answer(None, status=500), Uncertain("inquiry_refused", provider_status="http_500")),
    ],
)
def test_what_the_history_says(answer: Response, outcome: Any) -> None:
    slack, inquiry = _slack(), _inquiry()
    question = slack.build_inquiry(inquiry)
    assert question is not None
    assert slack.parse_inquiry(inquiry, question, answer) == Verdict(outcome)


def test_a_long_history_is_read_page_by_page_and_never_without_end() -> None:
    slack, inquiry = _slack(), _inquiry()
    step: Any = slack.build_inquiry(inquiry)
    pages = 0
    while isinstance(step, Request):
        pages += 1
        assert step.payload.get("cursor") == (f"page-{pages - 1}" if pages > 1 else None)
        step = slack.parse_inquiry(inquiry, step, _history(cursor=f"page-{pages}", has_more=True))
    assert (pages, step) == (20, Verdict(Uncertain("history_too_long")))


def test_a_digest_of_which_all_but_one_are_settled_is_still_found_by_its_delivery() -> None:
    slack, inquiry = _slack(), _inquiry(nudge_ids=("c",), delivery_id="the-digest")
    question = slack.build_inquiry(inquiry)
    assert question is not None
    found = slack.parse_inquiry(inquiry, question, _history(_message(delivery_id="the-digest")))
    assert found == Verdict(Sent("D0GRACE:17.5"))
