"""A receiver of Standard Webhooks that checks what it should check: signature, age, token."""

from __future__ import annotations

import base64
import hashlib
import hmac

from tests.contract.stand_ins.stand_in import Answer, Seen, StandIn

KEY = b"canary-webhook-key-bytes"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
TOKEN = "canary-webhook-token"
HOST = "hooks.flow.example"
URL = f"https://{HOST}/hooks/catch/canary-webhook-path/"
#: Older or newer messages are taken for replayed ones.
_TOLERANCE_SECONDS = 300


class WebhookStandIn(StandIn):
    def __init__(self) -> None:
        super().__init__()
        self.now = 1772445601

    def is_let_in(self, seen: Seen) -> bool:
        return seen.headers.get("authorization") == f"Bearer {TOKEN}"

    def has_effect(self, seen: Seen) -> bool:
        return True

    def answer(self, seen: Seen) -> Answer:
        webhook_id, sent_at = seen.headers["webhook-id"], seen.headers["webhook-timestamp"]
        signed = b".".join([webhook_id.encode(), sent_at.encode(), seen.raw])
        wanted = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        if seen.headers["webhook-signature"] != f"v1,{wanted}":
            return Answer(401, {"error": "signature"})
        if abs(self.now - int(sent_at)) > _TOLERANCE_SECONDS:
            return Answer(400, {"error": "too old"})
        if seen.headers["content-type"] != "application/json" or seen.body["nudge_id"] != webhook_id:
            return Answer(422, {"error": "body"})
        self.delivered.append(webhook_id)
        return Answer(200, {"status": "success"})
