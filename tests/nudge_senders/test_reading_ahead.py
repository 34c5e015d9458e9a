"""A delivery that begins by reading (find the person, open the conversation): what it reads comes before
`attempting`, and what it finds decides what the ledger says about to leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from nudge_senders.destination import Delivery, NativeKey, Request, Response
from nudge_senders.errors import EffectUnknown, NotSent
from nudge_senders.identity import body_hash
from nudge_senders.outcome import Dead, NeedsReview, Retryable, Sent, Suppressed, Uncertain, Verdict
from tests.nudge_senders.world import FakeDestination, World, always, live

FIND = "GET /person"
OPEN = "POST /open"
SEND = "POST /send"


@dataclass
class Finder(FakeDestination):
    """Finds the person, opens a conversation, sends. `found` is what the first request gives for a nudge, in
    place of the way on."""

    found: Mapping[str, Verdict | Exception] = field(default_factory=dict)
    channel: str = "channel-9"

    def build_request(self, delivery: Delivery) -> Request:
        payload = {"attempt": delivery.attempt, "nudge_id": delivery.nudges[0].nudge_id}
        return Request(operation=FIND, payload=payload, has_effect=False)

    def parse_response(self, delivery: Delivery, request: Request, response: Response) -> Verdict | Request:
        if isinstance(response.body, Verdict):
            return response.body
        if request.operation == FIND:
            return Request(operation=OPEN, payload={}, has_effect=False, address_ref="the-person")
        body = {"channel": self.channel, "at": delivery.first_attempted_at.isoformat()}
        return Request(operation=SEND, payload=body, address_ref=self.channel)

    def call(self, request: Request) -> Response:
        answer = super().call(request)
        if request.operation == SEND:
            return answer
        found = self.found.get(str(request.payload.get("nudge_id")))
        if isinstance(found, Exception):
            raise found
        return replace(answer, body=found)

    @property
    def operations(self) -> list[str]:
        return [request.operation for request in self.calls]


def _last(world: World, kind: str) -> Any:
    return [entry for entry in world.ledger.entries("a") if entry.kind == kind][-1]


def test_reading_comes_before_attempting_with_the_file_free_and_the_effect_after_it(
    closed_world: World,
) -> None:
    closed_world.namespace = "prod/live"
    closed_world.ledger.open_namespace("prod/live", who="a person")
    seen: dict[str, Any] = {}

    def look(request: Request) -> None:
        # A connection of another configuration is refused while any other one is open in this process.
        with duckdb.connect(str(closed_world.path), config={"threads": "1"}) as connection:
            rows = connection.execute("select kind from nudges.nudge_events where nudge_id = 'a'").fetchall()
        seen[request.operation] = [kind for (kind,) in rows]

    closed_world.tick({"nudge_id": "a"}, destinations=live(Finder(before_call=look)))
    assert seen == {FIND: ["claimed"], OPEN: ["claimed"], SEND: ["claimed", "attempting"]}


def test_what_is_recorded_is_the_request_with_the_effect(live_world: World) -> None:
    destination = Finder()
    live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    attempting, sent = _last(live_world, "attempting"), destination.calls[-1]
    assert attempting.provider_ref == "channel-9"
    assert attempting.body_hash == body_hash(SEND, sent.payload)


def test_what_reading_finds_can_close_the_claim_without_an_attempt(live_world: World) -> None:
    answers: list[tuple[Verdict | Exception, str, str | None]] = [
        (Verdict(Dead("no_such_person")), "dead", "no_such_person"),
        (Verdict(Suppressed("opted_out")), "suppressed", "opted_out"),
        (Verdict(Retryable("throttled")), "retryable", "throttled"),
        # Nothing but reading was done, so nothing can be in doubt.
        (Verdict(Uncertain("internal_error")), "retryable", "internal_error"),
        (Verdict(Sent("was-there")), "sent", None),
        (Verdict(NeedsReview("two_persons")), "needs_review", "two_persons"),
        (NotSent("connection_refused"), "retryable", "connection_refused"),
        (EffectUnknown("read_timeout"), "retryable", "read_timeout"),
        (ValueError("a bug"), "retryable", "call_failed"),
    ]
    cases = {f"n{number}": case for number, case in enumerate(answers)}
    destination = Finder(found={nudge_id: found for nudge_id, (found, _, _) in cases.items()})
    live_world.tick(*({"nudge_id": nudge_id} for nudge_id in cases), destinations=live(destination))
    assert set(destination.operations) == {FIND}
    states = live_world.states()
    for nudge_id, (found, state, reason) in cases.items():
        assert live_world.kinds(nudge_id) == ["claimed", state], found
        assert (states[nudge_id].attempts, states[nudge_id].reason_code) == (0, reason), found


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        ("halt", "halted"),
        ("deadline", "attempt_deadline_passed"),
        ("recheck", "recheck_too_old"),
        ("lease", "lease_ending"),
    ],
)
def test_reading_stands_under_the_stops_of_sending(live_world: World, stop: str, reason: str) -> None:
    """The first request takes its time, and meanwhile something comes up: the second one is not made."""
    settings = live_world.settings
    if stop == "recheck":
        settings = replace(settings, recheck_max_age=timedelta(seconds=10))

    def a_slow_answer(request: Request) -> None:
        if stop == "halt":
            settings.halt_file.touch()
        live_world.clock.pass_by(seconds={"deadline": 30, "recheck": 11, "lease": 25}.get(stop, 0))

    destination = Finder(before_call=a_slow_answer)
    lease = live_world.lease(time_to_live=timedelta(seconds=40 if stop == "lease" else 600))
    live_world.plan(lease.tick_id, {"nudge_id": "a"})
    live_world.deliver(lease, destinations=live(destination), settings=settings)
    assert destination.operations == [FIND]
    assert live_world.kinds("a") == ["claimed", "retryable"]
    assert live_world.state("a").reason_code == reason


def test_a_crash_while_reading_leaves_a_claim_that_is_taken_again(live_world: World) -> None:
    destination = Finder()

    def die(request: Request) -> None:
        raise KeyboardInterrupt

    destination.before_call = die
    lease = live_world.lease()
    live_world.plan(lease.tick_id, {"nudge_id": "a"})
    with pytest.raises(KeyboardInterrupt):
        live_world.deliver(lease, destinations=live(destination))
    live_world.ledger.release_lease(lease)
    assert (live_world.kinds("a"), live_world.state("a").state) == (["claimed"], "claimed")
    destination.before_call = lambda request: None
    live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    assert destination.operations[1:] == [FIND, OPEN, SEND]
    assert (live_world.state("a").state, live_world.state("a").attempts) == ("sent", 1)


def test_a_refusal_of_everybody_while_reading_rests_the_destination(live_world: World) -> None:
    refusal = Verdict(Retryable("credentials_rejected"))
    destination = Finder(found=dict.fromkeys(("n0", "n1", "n2"), refusal))
    rows = [{"nudge_id": f"n{number}"} for number in range(3)]
    counts = live_world.tick(*rows, destinations=live(destination))
    assert (destination.operations, counts.retryable) == ([FIND], 3)
    assert [halt.scope for halt in live_world.ledger.halts()] == ["destination:hubspot"]


@pytest.mark.parametrize(("channel", "state"), [("channel-9", "sent"), ("channel-10", "needs_review")])
def test_a_repeat_compares_what_leaves_and_not_what_is_read(
    live_world: World, channel: str, state: str
) -> None:
    """The reading of a repeat names another attempt; the text that leaves names the time of the first one,
    although reading took a while in between."""
    destination = Finder(
        answers=always(Verdict(Uncertain("read_timeout"))),
        settlement=NativeKey(key_life=timedelta(hours=24)),
        before_call=lambda request: live_world.clock.pass_by(seconds=2),
    )
    live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    live_world.query("update nudges.nudge_events set provider_ref = null")
    destination.answers, destination.channel = always(Verdict(Sent("receipt"))), channel
    # The first tick after it only says from when on it may be repeated.
    for _ in range(2):
        live_world.clock.pass_by(minutes=5)
        live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    assert live_world.state("a").state == state
    assert destination.operations.count(SEND) == (2 if state == "sent" else 1)


def test_a_slow_provider_is_read_and_called_in_parts_so_that_every_call_meets_its_deadline(
    live_world: World,
) -> None:
    destination = Finder(before_call=lambda request: live_world.clock.pass_by(seconds=1))
    rows = [{"nudge_id": f"n{number:02}"} for number in range(40)]
    counts = live_world.tick(*rows, destinations=live(destination))
    assert counts.sent == 40
    assert all(live_world.kinds(row["nudge_id"]) == ["claimed", "attempting", "sent"] for row in rows)
