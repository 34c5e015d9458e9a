"""The card that a CSM reads in Slack, as Block Kit blocks: one account, or a list of them.

Belongs here: the shape of a card and Slack's limits. The words of an account's card come out of its template;
who gets it and how it travels is the business of `destinations.slack`. Pure.

Every text is plain_text: mrkdwn cannot be escaped completely, and names come from customers. Messages come
with Slack's three characters escaped; whatever else is put in here is escaped here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from nudge_senders.message import Message
from nudge_senders.nudge import Nudge
from nudge_senders.rendering import slack_escape, token_values

Block = dict[str, object]

ACCOUNT_PLACE = "{account_id}"
#: Accounts in one digest: a card holds 50 blocks, of which the head and a note are not accounts.
MOST_IN_DIGEST = 45
_MOST_BLOCKS = 50
_LONGEST_HEADER = 150
_LONGEST_SECTION = 3000
_LONGEST_BUTTON = 75
_LONGEST_LINK = 3000
#: The fields of a notification are short; the blocks say it all.
_LONGEST_FALLBACK = 1000
_DIGEST_PARAGRAPHS = 2
_CUT_ENTITY = re.compile(r"&[a-z]{0,3}\Z")


def account_link(template: str, account_id: str) -> str:
    """The address of the account's page; empty without a template."""
    return template.replace(ACCOUNT_PLACE, quote(account_id, safe="")) if template else ""


def single_card(nudge: Nudge, message: Message, *, account_url: str, note: str = "") -> list[Block]:
    """The message as a card, with buttons to what it is about. `note` says why it comes to this reader."""
    blocks = [_header(message.title), *_note(note)]
    blocks += [_section(paragraph) for paragraph in message.paragraphs]
    links: dict[str, str] = {}
    for url, text in (
        (message.link_url, message.link_text),
        (str(token_values(nudge)["failed_log_url"] or ""), "Open the integration's log"),
        (account_link(account_url, nudge.account_id), "Open the account"),
    ):
        if _is_link(url):
            links.setdefault(url, text)
    buttons = [_button(text, url) for url, text in links.items()]
    actions: list[Block] = [{"type": "actions", "elements": buttons}] if buttons else []
    return blocks[: _MOST_BLOCKS - len(actions)] + actions


def digest_card(
    nudges: Sequence[Nudge], messages: Mapping[str, Message], *, account_url: str, note: str = ""
) -> list[Block]:
    """One card for the accounts of one CSM, each with the beginning of its own message."""
    blocks = [_header(f"{len(nudges)} accounts need a hand"), *_note(note)]
    for nudge in nudges:
        message = messages[nudge.nudge_id]
        text = "\n".join([message.fallback, *message.paragraphs[:_DIGEST_PARAGRAPHS]])
        section = _section(text)
        url = account_link(account_url, nudge.account_id)
        if _is_link(url):
            section["accessory"] = _button("Open the account", url)
        blocks.append(section)
    return blocks[:_MOST_BLOCKS]


def notification(nudges: Sequence[Nudge], messages: Mapping[str, Message]) -> str:
    """The line that is shown where blocks are not."""
    lines = [messages[nudge.nudge_id].fallback for nudge in nudges]
    return _fit("; ".join(lines) if len(lines) > 1 else lines[0], _LONGEST_FALLBACK)


def _header(text: str) -> Block:
    return {"type": "header", "text": _plain(text, _LONGEST_HEADER)}


def _section(text: str) -> Block:
    return {"type": "section", "text": _plain(text, _LONGEST_SECTION)}


def _note(text: str) -> list[Block]:
    return [_section(slack_escape(text))] if text else []


def _button(text: str, url: str) -> Block:
    return {"type": "button", "text": _plain(text, _LONGEST_BUTTON), "url": url}


def _is_link(url: str) -> bool:
    return url.startswith(("https://", "http://")) and len(url) <= _LONGEST_LINK


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": _fit(text, limit), "emoji": False}


def _fit(text: str, limit: int) -> str:
    """Not longer than Slack takes, and never cut within an escaped character."""
    if len(text) <= limit:
        return text
    return _CUT_ENTITY.sub("", text[: limit - 1]) + "…"
