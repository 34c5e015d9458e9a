"""Braze's REST API, as far as tracking and exporting users goes."""

from __future__ import annotations

from typing import Any

from tests.contract.stand_ins.stand_in import Answer, Seen, StandIn

KEY = "canary-braze-key"


class BrazeStandIn(StandIn):
    def __init__(self) -> None:
        super().__init__()
        self.users: dict[str, dict[str, Any]] = {
            "b1": {"external_id": "user-1", "email": "ada@customer.example"},
            "b2": {"external_id": "user-2", "email": "bob@customer.example"},
            "b3": {"external_id": "user-3", "email": "twin@customer.example"},
            "b4": {"external_id": "user-4", "email": "twin@customer.example"},
        }
        for user in self.users.values():
            user["custom_attributes"] = {}
        #: at success status, an error about the one user
        self.minor_error: str | None = None
        #: what was set is not readable yet
        self.is_slow = False

    def is_let_in(self, seen: Seen) -> bool:
        return seen.headers.get("authorization") == f"Bearer {KEY}"

    def has_effect(self, seen: Seen) -> bool:
        return seen.path != "/users/export/ids"

    def shown(self, braze_id: str = "b1") -> str | None:
        value = self.users[braze_id]["custom_attributes"].get("onboarding_hint_nudge_id")
        return str(value) if value else None

    def show(self, nudge_id: str, braze_id: str = "b1") -> None:
        self.users[braze_id]["custom_attributes"]["onboarding_hint_nudge_id"] = nudge_id

    def answer(self, seen: Seen) -> Answer:
        body = seen.body
        if seen.method != "POST" or seen.path not in ("/users/export/ids", "/users/track"):
            # Nothing else may ever be called: campaigns can broadcast.
            return Answer(404, {"message": "no such endpoint"})
        if seen.path == "/users/track":
            return self._track(body)
        if "fields_to_export" not in body:
            return Answer(400, {"message": "fields_to_export is required"})
        found = [
            {
                "braze_id": braze_id,
                "external_id": user["external_id"],
                "custom_attributes": {} if self.is_slow else user["custom_attributes"],
            }
            for braze_id, user in self.users.items()
            if user["external_id"] in body.get("external_ids", ())
            or user["email"] == body.get("email_address")
            or braze_id == body.get("braze_id")
        ]
        return Answer(201, {"message": "success", "users": found})

    def _track(self, body: Any) -> Answer:
        if set(body) != {"attributes"} or len(body["attributes"]) != 1:
            return Answer(400, {"message": "attributes of one user, please"})
        if self.minor_error is not None:
            return Answer(201, {"message": "success", "errors": [{"type": self.minor_error, "index": 0}]})
        one = dict(body["attributes"][0])
        braze_id = one.pop("braze_id")
        one.pop("_update_existing_only")
        before = self.shown(braze_id)
        self.users[braze_id]["custom_attributes"].update(one)
        after = self.shown(braze_id)
        if after is not None and after != before:
            self.delivered.append(after)
        return Answer(201, {"message": "success", "attributes_processed": 1})
