"""Slack's Web API, as far as people, conversations, messages with metadata and their history go.

It answers 200 to nearly everything: what went wrong stands in the body.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from tests.contract.stand_ins.stand_in import Answer, Seen, StandIn

TOKEN = "canary-slack-bot-token"
FALLBACK = "C0FALLBACK"
_FIRST_TS = 1772445601


class SlackStandIn(StandIn):
    def __init__(self) -> None:
        super().__init__()
        self.users = {"U0123456": "csm@house.example", "U0777": "other@house.example"}
        #: of a conversation, oldest first
        self.messages: dict[str, list[dict[str, Any]]] = {FALLBACK: []}
        self.page_size = 3
        self.scopes = "chat:write,im:write,im:history,users:read,users:read.email"
        #: what is said of a message that was written all the same
        self.denial: str | None = None

    def is_let_in(self, seen: Seen) -> bool:
        return True

    def has_effect(self, seen: Seen) -> bool:
        return seen.path == "/api/chat.postMessage"

    def answer(self, seen: Seen) -> Answer:
        if seen.headers.get("authorization") != f"Bearer {TOKEN}":
            return _no("invalid_auth")
        is_form = seen.headers["content-type"].startswith("application/x-www-form-urlencoded")
        sent = dict(parse_qsl(seen.raw.decode())) if is_form else seen.body or {}
        method = getattr(self, "_" + seen.path.removeprefix("/api/").replace(".", "_"), None)
        if method is None:
            return _no("unknown_method")
        found: Answer = method(sent)
        return found

    def write(self, channel: str, **message: Any) -> dict[str, Any]:
        """A message of anybody's."""
        written = {"type": "message", "ts": f"{_FIRST_TS + len(self.messages[channel])}.000100", **message}
        self.messages[channel].append(written)
        return written

    def _auth_test(self, sent: dict[str, Any]) -> Answer:
        return Answer(200, {"ok": True, "team_id": "T1", "user_id": "UBOT"}, {"X-OAuth-Scopes": self.scopes})

    def _users_lookupByEmail(self, sent: dict[str, Any]) -> Answer:
        for user_id, email in self.users.items():
            if email == sent["email"]:
                return _yes(user={"id": user_id, "deleted": False})
        return _no("users_not_found")

    def _conversations_open(self, sent: dict[str, Any]) -> Answer:
        if sent["users"] not in self.users:
            return _no("user_not_found")
        channel = "D" + sent["users"][1:]
        self.messages.setdefault(channel, [])
        return _yes(channel={"id": channel})

    def _chat_postMessage(self, sent: dict[str, Any]) -> Answer:
        if sent["channel"] not in self.messages:
            return _no("channel_not_found")
        if len(sent["blocks"]) > 50 or not sent["text"]:
            return _no("invalid_blocks")
        about = sent["metadata"]["event_payload"]
        written = self.write(sent["channel"], text=sent["text"], metadata=sent["metadata"])
        self.delivered.append(about.get("nudge_id") or about["delivery_id"])
        if self.denial is not None:
            return _no(self.denial)
        return _yes(channel=sent["channel"], ts=written["ts"], message={"type": "message"})

    def _conversations_history(self, sent: dict[str, Any]) -> Answer:
        if sent["channel"] not in self.messages:
            return _no("channel_not_found")
        newest_first = [
            message if sent.get("include_all_metadata") == "1" else {**message, "metadata": None}
            for message in reversed(self.messages[sent["channel"]])
            if float(message["ts"]) > float(sent.get("oldest", 0))
        ]
        start = int(sent.get("cursor") or 0)
        end = start + min(self.page_size, int(sent["limit"]))
        is_last = end >= len(newest_first)
        return _yes(
            messages=newest_first[start:end],
            has_more=not is_last,
            response_metadata={"next_cursor": "" if is_last else str(end)},
        )


def no(error: str) -> Answer:
    """A refusal as Slack says it."""
    return _no(error)


def _no(error: str) -> Answer:
    return Answer(200, {"ok": False, "error": error})


def _yes(**body: Any) -> Answer:
    return Answer(200, json.loads(json.dumps({"ok": True, **body})))
