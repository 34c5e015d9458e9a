"""Salesloft's v2 API, as far as people, cadences and memberships go.

One record per person and cadence: whoever is added again keeps it, with another `added_at`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.contract.stand_ins.stand_in import Answer, Seen, StandIn

KEY = "canary-salesloft-key"
CADENCE = "77"


class SalesloftStandIn(StandIn):
    def __init__(self) -> None:
        super().__init__()
        self.now = datetime.fromisoformat("2026-03-02T10:00:01+00:00")
        self.people: dict[str, dict[str, Any]] = {
            "11": {"email_address": "ada@customer.example", "do_not_contact": False},
            "12": {"email_address": "closed@customer.example", "do_not_contact": True},
            "13": {"email_address": "twin@customer.example", "do_not_contact": False},
            "14": {"email_address": "twin@customer.example", "do_not_contact": False},
        }
        self.memberships: dict[str, dict[str, Any]] = {}
        #: whom the next enrolment is for: the vendor has no room for a nudge's id
        self.expected_nudge = "nudge-1"

    def is_let_in(self, seen: Seen) -> bool:
        return seen.headers.get("authorization") == f"Bearer {KEY}"

    def has_effect(self, seen: Seen) -> bool:
        return seen.method in ("POST", "DELETE")

    def enrol(self, person_id: str = "11", cadence_id: str = CADENCE) -> dict[str, Any]:
        """Put somebody on a cadence, as a colleague would."""
        known = [
            each
            for each in self.memberships.values()
            if (each["person"]["id"], each["cadence"]["id"]) == (int(person_id), int(cadence_id))
        ]
        membership = known[0] if known else {"id": 900 + len(self.memberships)}
        membership |= {
            "added_at": self.now.isoformat(),
            "currently_on_cadence": True,
            "person": {"id": int(person_id)},
            "cadence": {"id": int(cadence_id)},
        }
        self.memberships[str(membership["id"])] = membership
        return membership

    def shown(self, person_id: str = "11") -> str | None:
        is_on = any(
            each["currently_on_cadence"] and each["person"]["id"] == int(person_id)
            for each in self.memberships.values()
        )
        return self.expected_nudge if is_on else None

    def show(self, nudge_id: str) -> None:
        """Hours later somebody puts the person on the cadence again."""
        self.now += timedelta(hours=4)
        self.enrol()
        self.expected_nudge = nudge_id

    def answer(self, seen: Seen) -> Answer:
        if (seen.method, seen.path) == ("GET", "/v2/me"):
            return Answer(200, {"data": {"id": 1}})
        if seen.path == f"/v2/cadences/{CADENCE}":
            return Answer(200, {"data": {"id": int(CADENCE)}})
        if (seen.method, seen.path) == ("GET", "/v2/people"):
            asked = seen.first.get("email_addresses[]")
            found = [
                {"id": int(person_id), **person}
                for person_id, person in self.people.items()
                if person["email_address"] == asked
            ]
            return Answer(200, {"metadata": {}, "data": found})
        if seen.path == "/v2/cadence_memberships":
            return self._add(seen) if seen.method == "POST" else self._list(seen)
        membership = self.memberships.get(seen.path.removeprefix("/v2/cadence_memberships/"))
        if membership is None:
            return Answer(404, {"error": "Not Found"})
        if seen.method == "DELETE":
            membership["currently_on_cadence"] = False
            return Answer(204)
        return Answer(200, {"data": membership})

    def _list(self, seen: Seen) -> Answer:
        found = [
            each
            for each in self.memberships.values()
            if str(each["person"]["id"]) == seen.first["person_id"]
            and str(each["cadence"]["id"]) == seen.first["cadence_id"]
        ]
        return Answer(200, {"metadata": {}, "data": found})

    def _add(self, seen: Seen) -> Answer:
        person_id, cadence_id = seen.first.get("person_id", ""), seen.first.get("cadence_id", "")
        if person_id not in self.people or cadence_id != CADENCE:
            return Answer(404, {"error": "Not Found"})
        if self.shown(person_id):
            return Answer(422, {"errors": {"person": ["could not be added"]}})
        self.delivered.append(self.expected_nudge)
        return Answer(200, {"data": self.enrol(person_id, cadence_id)})
