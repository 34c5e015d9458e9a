"""A destination of each settlement strategy, speaking HTTP to the stand-in through httpx.

It stands for any vendor whose contract is of that kind; what the kinds are is said in
`tests.nudge_senders.provider`, and the vendors' own are tested elsewhere. It passes
three fault points on the wire, in the middle of a request. Where the failure comes before a point, the point
lies between the failure and its recording.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from nudge_senders.clock import Clock
from nudge_senders.destination import (
    Delivery,
    Inquiry,
    Request,
    Response,
    Settlement,
    one_each,
)
from nudge_senders.errors import EffectUnknown, NotSent
from nudge_senders.fault import FaultPoint, no_fault
from nudge_senders.nudge import Nudge
from nudge_senders.outcome import Outcome, Retryable, Sent, Uncertain, Verdict
from nudge_senders.vocabulary import Action, Channel
from tests.matrix.stand_in import StandIn
from tests.nudge_senders.provider import STRATEGIES, meaning_of_refusal

#: The channel that carries each, with the tier of its queue rows.
CHANNELS: Mapping[str, tuple[Channel, int]] = {
    "native_key": (Channel.EMAIL, 2),
    "state_set": (Channel.IN_APP, 1),
    "lookup": (Channel.HUMAN, 3),
    "none": (Channel.HUMAN, 3),
}
#: In the order in which a request passes them.
WIRE_POINTS: tuple[str, ...] = ("after_connect", "after_request_bytes", "after_response_headers")
NAME = "stand_in"
_UNKNOWN_NAME = "provider.invalid"
_TRACED = {
    "connection.connect_tcp.complete": "after_connect",
    "http11.send_request_body.complete": "after_request_bytes",
    "http11.receive_response_headers.complete": "after_response_headers",
}


@dataclass
class HttpDestination:
    """See the module's docstring. The places decide whether anybody can be reached: `write_at` by requests
    that have an effect, `read_at` by the others."""

    strategy: str
    write_at: str
    read_at: str
    clock: Clock
    fault: FaultPoint = no_fault
    timeout_seconds: float = 5.0
    name: str = NAME
    channels: frozenset[Channel] = frozenset(Channel)
    actions: frozenset[Action] = frozenset(Action)
    minimum_interval: timedelta = timedelta(0)
    _context: ssl.SSLContext = field(
        default_factory=lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), repr=False
    )

    @property
    def settlement(self) -> Settlement:
        return STRATEGIES[self.strategy]

    def group(self, nudges: Sequence[Nudge]) -> Sequence[tuple[Nudge, ...]]:
        return one_each(nudges)

    # -- pure: what is asked and what an answer means

    def build_request(self, delivery: Delivery) -> Request:
        nudge = delivery.nudges[0]
        if delivery.action is Action.WITHDRAW:
            return self._withdrawal(nudge.nudge_id, nudge.contact_id)
        text = delivery.messages[nudge.nudge_id].text
        if self.strategy == "state_set":
            return Request(operation=f"PUT /values/{nudge.contact_id}", payload={"value": nudge.nudge_id})
        operation = {"native_key": "POST /keyed", "lookup": "POST /members", "none": "POST /plain"}[
            self.strategy
        ]
        return Request(operation=operation, payload={"key": delivery.idempotency_key, "text": text})

    def _withdrawal(self, nudge_id: str, contact_id: str | None) -> Request:
        if self.strategy == "lookup":
            return Request(operation=f"DELETE /members/{nudge_id}", payload={})
        # Looked at first: what a newer nudge has set stays.
        return Request(operation=f"GET /values/{contact_id}", payload={}, has_effect=False)

    def parse_response(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        outcome = _outcome_of_failure(response)
        if outcome is not None:
            return Verdict(outcome)
        body: Any = response.body
        if request.operation.startswith("GET /values/"):
            if body.get("value") != delivery.nudges[0].nudge_id:
                return Verdict(Sent(provider_status="not_ours_any_more"))
            return Request(operation=request.operation.replace("GET", "PUT"), payload={"value": None})
        return Verdict(Sent(str(body["id"])))

    def build_inquiry(self, inquiry: Inquiry) -> Request | None:
        path = {
            "state_set": f"GET /values/{inquiry.contact_id}",
            "lookup": f"GET /members/{inquiry.nudge_ids[0]}",
        }.get(self.strategy)
        return None if path is None else Request(operation=path, payload={}, has_effect=False)

    def parse_inquiry(self, inquiry: Inquiry, request: Request, response: Response) -> Verdict | Request:
        if _outcome_of_failure(response) is not None:
            return Verdict(Uncertain("could_not_be_asked"))
        body: Any = response.body
        is_there = body["is_member"] if self.strategy == "lookup" else body["value"] == inquiry.nudge_ids[0]
        has_happened = is_there is (inquiry.action is Action.DELIVER)
        return Verdict(Sent("found") if has_happened else Retryable("not_found_by_inquiry"))

    # -- the wire

    def call(self, request: Request) -> Response:
        passed: list[str] = []

        def passes(point: str) -> None:
            passed.append(point)
            self.fault(point)

        def trace(event: str, info: object) -> None:
            if event in _TRACED:
                passes(_TRACED[event])

        method, _, path = request.operation.partition(" ")
        try:
            return self._ask(method, path, request, trace)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotSent("no_connection") from error
        except httpx.HTTPError as error:
            raise EffectUnknown("connection_broken") from error
        finally:
            for point in WIRE_POINTS:
                if point not in passed:
                    passes(point)

    def _ask(self, method: str, path: str, request: Request, trace: Callable[..., None]) -> Response:
        content = json.dumps(request.payload, sort_keys=True).encode() if request.payload else None
        headers = {"Idempotency-Key": str(request.payload.get("key", ""))}
        transport = httpx.HTTPTransport(retries=0, verify=self._context, trust_env=False)
        place = self.write_at if request.has_effect else self.read_at
        with httpx.Client(transport=transport, timeout=self.timeout_seconds, trust_env=False) as client:
            answer = client.request(
                method, place + path, content=content, headers=headers, extensions={"trace": trace}
            )
        try:
            body = answer.json()
        except ValueError:
            body = None
        return Response(
            status=answer.status_code, body=body, headers=dict(answer.headers), received_at=self.clock()
        )


def _outcome_of_failure(response: Response) -> Outcome | None:
    if response.status == 429:
        wait = timedelta(seconds=int(response.headers["retry-after"]))
        return Retryable("throttled", retry_at=response.received_at + wait)
    if response.status != 200:
        return meaning_of_refusal(response.status)
    return None if isinstance(response.body, dict) else Uncertain("answer_unreadable")


def place_of(stand_in: StandIn, fault: str) -> str:
    """Where the provider is to be looked for under a fault."""
    if fault == "connection_refused":
        return f"http://127.0.0.1:{stand_in.refusing_port}"
    if fault == "name_not_found":
        return f"http://{_UNKNOWN_NAME}:{stand_in.port}"
    scheme = "https" if fault == "tls_failure" else "http"
    return f"{scheme}://127.0.0.1:{stand_in.port}"


def resolve_nothing_outside() -> None:
    """No look-up of a name leaves this process: every name but an address of this host is unknown."""
    asked = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **options: Any) -> Any:
        if host not in ("127.0.0.1", b"127.0.0.1"):
            raise socket.gaierror(socket.EAI_NONAME, "name not known")
        return asked(host, *rest, **options)

    socket.getaddrinfo = look_up
