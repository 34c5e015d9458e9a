"""Pendo's v1 API, as far as metadata of visitors goes."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from tests.contract.stand_ins.stand_in import Answer, Seen, StandIn

KEY = "canary-pendo-key"
FIELDS = tuple(f"onboarding_hint_{part}" for part in ("milestone", "nudge_id", "title", "text", "url"))


class PendoStandIn(StandIn):
    def __init__(self) -> None:
        super().__init__()
        self.fields = list(FIELDS)
        self.visitors: dict[str, dict[str, str]] = {"user-1": {}, "ada@customer.example": {}}
        #: what was set and is not readable yet
        self.is_slow = False
        self._before: dict[str, dict[str, str]] = {}

    def is_let_in(self, seen: Seen) -> bool:
        return seen.headers.get("x-pendo-integration-key") == KEY

    def has_effect(self, seen: Seen) -> bool:
        return seen.path.startswith("/api/v1/metadata/visitor/custom")

    def shown(self, visitor_id: str = "user-1") -> str | None:
        return self.visitors[visitor_id].get("onboarding_hint_nudge_id") or None

    def show(self, nudge_id: str, visitor_id: str = "user-1") -> None:
        self.visitors[visitor_id]["onboarding_hint_nudge_id"] = nudge_id

    def answer(self, seen: Seen) -> Answer:
        if seen.path == "/api/v1/metadata/schema/visitor":
            return Answer(200, {"custom": {name: {"Type": "string"} for name in self.fields}})
        if (seen.method, seen.path) == ("POST", "/api/v1/aggregation"):
            return self._aggregate(seen.body)
        if (seen.method, seen.path) == ("POST", "/api/v1/metadata/visitor/custom/value"):
            return self._set(seen.body)
        visitor_id = unquote(seen.path.removeprefix("/api/v1/visitor/"))
        if visitor_id not in self.visitors:
            return Answer(404, {"error": "not found"})
        custom = self._before.get(visitor_id, {}) if self.is_slow else self.visitors[visitor_id]
        return Answer(200, {"id": visitor_id, "metadata": {"custom": custom}})

    def _aggregate(self, body: Any) -> Answer:
        asked = next(step["filter"] for step in body["request"]["pipeline"] if "filter" in step)
        match = re.fullmatch(r'metadata\.custom\.(\w+) == "([^"]+)"', asked)
        if match is None:
            return Answer(422, {"error": "filter"})
        found = [
            {"visitorId": visitor_id}
            for visitor_id, values in self.visitors.items()
            if values.get(match[1]) == match[2]
        ]
        return Answer(200, {"results": found})

    def _set(self, body: Any) -> Answer:
        if not isinstance(body, list) or any(set(each) != {"visitorId", "values"} for each in body):
            return Answer(400, {"error": "body"})
        missing = [each["visitorId"] for each in body if each["visitorId"] not in self.visitors]
        for each in body:
            if each["visitorId"] in missing or not set(each["values"]) <= set(self.fields):
                continue
            visitor_id = each["visitorId"]
            before = self.shown(visitor_id)
            self._before[visitor_id] = dict(self.visitors[visitor_id])
            self.visitors[visitor_id].update(each["values"])
            after = self.shown(visitor_id)
            if after is not None and after != before:
                self.delivered.append(after)
        updated = len(body) - len(missing)
        return Answer(200, {"total": len(body), "updated": updated, "failed": 0, "missing": missing})
