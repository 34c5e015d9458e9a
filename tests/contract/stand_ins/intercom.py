"""Intercom as its description 2.14 has it, as far as contacts and their attributes go."""

from __future__ import annotations

from typing import Any

from tests.contract.stand_ins.stand_in import Answer, Seen, StandIn

TOKEN = "canary-intercom-token"
ATTRIBUTES = tuple(f"onboarding_hint_{part}" for part in ("milestone", "nudge_id", "title", "text", "url"))


class IntercomStandIn(StandIn):
    def __init__(self) -> None:
        super().__init__()
        self.attributes = list(ATTRIBUTES)
        self.contacts: dict[str, dict[str, Any]] = {
            "c0ffee01": {"external_id": "user-1", "email": "ada@customer.example", "role": "user"},
            "c0ffee02": {"external_id": None, "email": "bob@customer.example", "role": "user"},
            "c0ffee03": {"external_id": None, "email": "bob@customer.example", "role": "lead"},
            "c0ffee04": {"external_id": "user-4", "email": "twin@customer.example", "role": "user"},
            "c0ffee05": {"external_id": "user-5", "email": "twin@customer.example", "role": "user"},
        }
        for contact in self.contacts.values():
            contact["custom_attributes"] = {}

    def is_let_in(self, seen: Seen) -> bool:
        return seen.headers.get("authorization") == f"Bearer {TOKEN}"

    def has_effect(self, seen: Seen) -> bool:
        return seen.method == "PUT"

    def shown(self, contact_id: str = "c0ffee01") -> str | None:
        value = self.contacts[contact_id]["custom_attributes"].get("onboarding_hint_nudge_id")
        return str(value) if value else None

    def show(self, nudge_id: str, contact_id: str = "c0ffee01") -> None:
        self.contacts[contact_id]["custom_attributes"]["onboarding_hint_nudge_id"] = nudge_id

    def answer(self, seen: Seen) -> Answer:
        if seen.headers.get("intercom-version") != "2.14":
            return _error(400, "intercom_version_invalid")
        if (seen.method, seen.path) == ("GET", "/me"):
            return Answer(200, {"type": "admin", "id": "1"})
        if (seen.method, seen.path) == ("GET", "/data_attributes"):
            data = [{"type": "data_attribute", "name": name} for name in self.attributes]
            return Answer(200, {"type": "list", "data": data})
        if (seen.method, seen.path) == ("POST", "/contacts/search"):
            return self._search(seen.body)
        contact_id = seen.path.removeprefix("/contacts/")
        if contact_id not in self.contacts:
            return _error(404, "not_found")
        if seen.method == "PUT":
            refusal = self._set(contact_id, seen.body)
            if refusal is not None:
                return refusal
        return Answer(200, {"type": "contact", "id": contact_id, **self.contacts[contact_id]})

    def _search(self, body: Any) -> Answer:
        filters = body["query"]["value"]
        if body["query"]["operator"] != "AND" or any(each["operator"] != "=" for each in filters):
            return _error(400, "parameter_invalid")
        found = [
            {"type": "contact", "id": contact_id, **contact}
            for contact_id, contact in self.contacts.items()
            if all(contact.get(each["field"]) == each["value"] for each in filters)
        ]
        return Answer(200, {"type": "list", "data": found, "total_count": len(found)})

    def _set(self, contact_id: str, body: Any) -> Answer | None:
        wanted = body["custom_attributes"]
        for name, value in wanted.items():
            if name not in self.attributes or (value is not None and len(value) > 255):
                return _error(400, "parameter_invalid")
        kept = self.contacts[contact_id]["custom_attributes"]
        before = self.shown(contact_id)
        kept.update(wanted)
        after = self.shown(contact_id)
        # Who sees the same hint again has been shown it once.
        if after is not None and after != before:
            self.delivered.append(after)
        return None


def _error(status: int, code: str) -> Answer:
    return Answer(status, {"type": "error.list", "request_id": "r", "errors": [{"code": code}]})
