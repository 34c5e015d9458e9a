"""A provider in this process, of each settlement strategy, that counts what truly arrived and fails as told.

It is a `Destination` and the world behind it at once, so that sequences of thousands of calls cost nothing.
What it does next (`failure`) is chosen by the test; whether a call was allowed is the test's to judge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from nudge_senders.destination import (
    Delivery,
    Inquiry,
    Lookup,
    NativeKey,
    NoSettlement,
    Request,
    Response,
    Settlement,
    StateSet,
    one_each,
)
from nudge_senders.errors import EffectUnknown, NotSent
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Dead, NeedsReview, Outcome, Retryable, Sent, Uncertain, Verdict
from nudge_senders.vocabulary import Action, Channel

STRATEGIES: Mapping[str, Settlement] = {
    "native_key": NativeKey(key_life=timedelta(hours=24)),
    "state_set": StateSet(),
    "lookup": Lookup(settling_time=timedelta(minutes=10)),
    "none": NoSettlement(),
}
_REFUSALS: Mapping[int, Outcome] = {
    400: Dead("refused"),
    401: Retryable("credentials_rejected"),
    409: NeedsReview("key_conflict"),
    429: Retryable("throttled"),
}
#: What a call may come to. `acts_late` is accepted, answered by nobody, and happens a while later.
FAILURES = (
    "ok",
    "refused_connection",
    "throttled",
    "bad_request",
    "unauthorized",
    "error_before",
    "error_after",
    "silence_before",
    "silence_after",
    "garbage_after",
    "acts_late",
)
#: Less than the settling time of those that can be asked: more than that nobody could know.
LATENESS = timedelta(seconds=50)


def meaning_of_refusal(status: int) -> Outcome:
    """What an HTTP status that is not 200 means with every strategy."""
    return _REFUSALS.get(status, Uncertain("provider_error"))


@dataclass
class Provider:
    """See the module's docstring. `true_time` only ever goes forward, whatever the clocks of ticks say."""

    strategy: str
    true_time: Callable[[], datetime]
    failure: str = "ok"
    before_call: Callable[[Delivery, Request], None] = lambda delivery, request: None
    channels: frozenset[Channel] = frozenset(Channel)
    actions: frozenset[Action] = frozenset({Action.DELIVER})
    minimum_interval: timedelta = timedelta(0)
    arrived: Counter[str] = field(default_factory=Counter)
    values: dict[str, str] = field(default_factory=dict)
    _bodies: dict[str, object] = field(default_factory=dict)
    _coming: list[tuple[datetime, Request]] = field(default_factory=list)
    _asked_for: dict[str, Delivery] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.strategy

    @property
    def settlement(self) -> Settlement:
        return STRATEGIES[self.strategy]

    def group(self, nudges: Sequence[Nudge]) -> Sequence[tuple[Nudge, ...]]:
        return one_each(nudges)

    def build_request(self, delivery: Delivery) -> Request:
        nudge = delivery.nudges[0]
        self._asked_for[nudge.nudge_id] = delivery
        text = delivery.messages[nudge.nudge_id].text
        payload = {"key": nudge.nudge_id, "contact": nudge.contact_id, "text": text}
        return Request(operation="POST /send", payload=payload)

    def parse_response(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        if response.status != 200:
            return Verdict(meaning_of_refusal(response.status))
        return Verdict(Uncertain("answer_unreadable") if response.body == "garbage" else Sent("receipt"))

    def build_inquiry(self, inquiry: Inquiry) -> Request | None:
        if self.strategy not in ("state_set", "lookup"):
            return None
        payload = {"key": inquiry.nudge_ids[0], "contact": inquiry.contact_id}
        return Request(operation="GET /sent", payload=payload, has_effect=False)

    def parse_inquiry(self, inquiry: Inquiry, request: Request, response: Response) -> Verdict | Request:
        return Verdict(Sent("found") if response.body else Retryable("not_found_by_inquiry"))

    def call(self, request: Request) -> Response:
        self.let_come()
        if not request.has_effect:
            return self._response(200, self._holds(request.payload))
        self.before_call(self._asked_for[str(request.payload["key"])], request)
        if self.failure in _STATUS_WITHOUT_EFFECT:
            return self._response(_STATUS_WITHOUT_EFFECT[self.failure], None)
        if self.failure == "refused_connection":
            raise NotSent("connection_refused")
        if self.failure == "silence_before":
            raise EffectUnknown("read_timeout")
        if self.failure == "acts_late":
            self._coming.append((self.true_time() + LATENESS, request))
            raise EffectUnknown("read_timeout")
        status = self._do(request)
        if self.failure == "silence_after":
            raise EffectUnknown("read_timeout")
        if self.failure == "error_after":
            return self._response(500, None)
        return self._response(status, "garbage" if self.failure == "garbage_after" else "ok")

    def let_come(self) -> None:
        """What was accepted a while ago happens now."""
        now = self.true_time()
        for _, request in [each for each in self._coming if each[0] <= now]:
            self._do(request)
        self._coming = [each for each in self._coming if each[0] > now]

    def _do(self, request: Request) -> int:
        key, contact = str(request.payload["key"]), str(request.payload["contact"])
        if self.strategy == "native_key":
            if self._bodies.setdefault(key, dict(request.payload)) != dict(request.payload):
                return 409
            self.arrived[key] = 1
        elif self.strategy == "state_set":
            self.arrived[key] += self.values.get(contact) != key
            self.values[contact] = key
        else:
            self.arrived[key] += 1
        return 200

    def _holds(self, payload: Mapping[str, object]) -> bool:
        if self.strategy == "state_set":
            return self.values.get(str(payload["contact"])) == payload["key"]
        return self.arrived[str(payload["key"])] > 0

    def _response(self, status: int, body: Any) -> Response:
        return Response(status=status, body=body, received_at=self.true_time())


_STATUS_WITHOUT_EFFECT = {"throttled": 429, "bad_request": 400, "unauthorized": 401, "error_before": 500}
