"""HubSpot's transactional single-send: one email per sendId, sent some time after it was accepted.

Bodies are read with the models of HubSpot's own client, which refuses what its description does not know.
"""

from __future__ import annotations

from typing import Any

from hubspot.marketing.transactional import (
    Configuration,
    EmailSendStatusView,
    PublicSingleSendEmail,
    PublicSingleSendRequestEgg,
)

from tests.contract.stand_ins.stand_in import Answer, Seen, StandIn

TOKEN = "canary-hubspot-token"
EMAIL_ID = "4711"
_SEND = "/marketing/v3/transactional/single-email/send"
_STATUSES = "/marketing/v3/email/send-statuses/"
_CHECKED = Configuration()
_CHECKED.client_side_validation = True


class HubSpotStandIn(StandIn):
    def __init__(self) -> None:
        super().__init__()
        #: sendId -> the body that was accepted under it, whether or not it was sent
        self.used: dict[str, Any] = {}
        self.statuses: dict[str, dict[str, Any]] = {}
        #: what becomes of an email that is not a repeat
        self.result = "SENT"
        #: how often a status is asked for before it is final
        self.questions_until_final = 1
        self.contact_writes: list[Any] = []

    def is_let_in(self, seen: Seen) -> bool:
        return seen.headers.get("authorization") == f"Bearer {TOKEN}"

    def has_effect(self, seen: Seen) -> bool:
        return seen.method == "POST"

    def answer(self, seen: Seen) -> Answer:
        if (seen.method, seen.path) == ("GET", "/marketing/v3/transactional/smtp-tokens"):
            return Answer(200, {"results": []})
        if seen.method == "GET" and seen.path.startswith(_STATUSES):
            return self._status(seen.path.removeprefix(_STATUSES))
        if (seen.method, seen.path) != ("POST", _SEND):
            return Answer(404, {"category": "OBJECT_NOT_FOUND"})
        problem = _problem(seen.body)
        if problem is not None:
            return Answer(400, {"category": "VALIDATION_ERROR", "message": problem})
        return Answer(200, self._accept(seen.body))

    def _accept(self, body: Any) -> dict[str, Any]:
        send_id = body["message"]["sendId"]
        status_id = f"status-{len(self.statuses) + 1}"
        result = self.result
        if send_id in self.used:
            result = "IDEMPOTENT_IGNORE" if self.used[send_id] == body else "IDEMPOTENT_FAIL"
        elif result == "SENT":
            self.delivered.append(send_id)
        self.used.setdefault(send_id, body)
        if "contactProperties" in body:
            self.contact_writes.append(body["contactProperties"])
        self.statuses[status_id] = {"asked": 0, "result": result}
        return {"statusId": status_id, "status": "PENDING", "requestedAt": "2026-03-02T10:00:01Z"}

    def _status(self, status_id: str) -> Answer:
        if status_id not in self.statuses:
            return Answer(404, {"category": "OBJECT_NOT_FOUND"})
        status = self.statuses[status_id]
        status["asked"] += 1
        if status["asked"] < self.questions_until_final:
            return Answer(200, {"statusId": status_id, "status": "PROCESSING"})
        view = EmailSendStatusView(
            status_id=status_id,
            status="COMPLETE",
            send_result=status["result"],
            local_vars_configuration=_CHECKED,
        )
        body = {"statusId": view.status_id, "status": view.status, "sendResult": view.send_result}
        if view.send_result == "SENT":
            body["eventId"] = {"id": f"event-of-{status_id}", "created": "2026-03-02T10:00:02Z"}
        return Answer(200, body)


def _problem(body: Any) -> str | None:
    """What the client's own models find wrong with a request; None when nothing is."""
    known, parts = PublicSingleSendRequestEgg, {"message": PublicSingleSendEmail}
    for model, given in ((known, body), (parts["message"], body.get("message"))):
        if not isinstance(given, dict) or not set(given) <= set(model.attribute_map.values()):
            return f"{model.__name__}: unknown fields"
    try:
        email = PublicSingleSendEmail(
            to=body["message"].get("to"),
            send_id=body["message"].get("sendId"),
            local_vars_configuration=_CHECKED,
        )
        PublicSingleSendRequestEgg(
            email_id=body.get("emailId"),
            message=email,
            custom_properties=body.get("customProperties"),
            local_vars_configuration=_CHECKED,
        )
    except ValueError as error:
        return str(error)
    if not isinstance(body["emailId"], int) or str(body["emailId"]) != EMAIL_ID:
        return "emailId: no such email"
    properties = body.get("customProperties", {})
    if not all(isinstance(value, str) for value in properties.values()):
        return "customProperties: strings only"
    return None
