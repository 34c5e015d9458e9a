"""Many nudges are claimed and asked about together and leave in batches: nothing in a later batch leaves on
old facts or past a stop, and nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from nudge_senders import batching
from nudge_senders.destination import Lookup, NativeKey, Request
from nudge_senders.destinations.outbox import OutboxDestination
from nudge_senders.outcome import Retryable, Verdict
from nudge_senders.queue import RecheckAnswer
from tests.nudge_senders.world import FakeDestination, World, always, live, outbox_lines

ONE_BY_ONE = Lookup(settling_time=timedelta(minutes=10), batch_size=1)


@dataclass
class Facts:
    """A re-check that remembers what it was asked; `denied` are the nudges that it says no to."""

    asked: list[list[str]] = field(default_factory=list)
    denied: dict[str, str] = field(default_factory=dict)

    def __call__(self, nudge_ids: Sequence[str]) -> Mapping[str, RecheckAnswer]:
        self.asked.append(list(nudge_ids))
        return {each: RecheckAnswer(each not in self.denied, self.denied.get(each)) for each in nudge_ids}


def _plan(world: World, count: int) -> list[str]:
    """As many nudges of the next tick; their ids."""
    nudge_ids = [f"n{number:02d}" for number in range(count)]
    world.plan(f"tick-{world.tick_number + 1}", *({"nudge_id": nudge_id} for nudge_id in nudge_ids))
    return nudge_ids


def test_one_question_serves_the_batches_that_follow_it_closely(live_world: World) -> None:
    facts, destination = Facts(), FakeDestination(settlement=ONE_BY_ONE)
    nudge_ids = _plan(live_world, 3)
    counts = live_world.deliver(live_world.lease(), destinations=live(destination), recheck=facts)
    assert (counts.sent, facts.asked) == (3, [nudge_ids])


def test_what_a_slow_destination_kept_waiting_is_asked_about_again_and_leaves_in_the_same_tick(
    live_world: World,
) -> None:
    facts, destination = Facts(), FakeDestination(settlement=ONE_BY_ONE)
    # A batch that begins 31 s after the question could end after the 60 s for which its answers hold.
    destination.before_call = lambda request: live_world.clock.pass_by(seconds=31)
    nudge_ids = _plan(live_world, 3)
    counts = live_world.deliver(live_world.lease(), destinations=live(destination), recheck=facts)
    assert counts.sent == 3
    assert facts.asked == [nudge_ids, nudge_ids[1:], nudge_ids[2:]]


def test_what_came_up_while_others_left_keeps_the_nudge_in(live_world: World) -> None:
    facts, destination = Facts(), FakeDestination(settlement=ONE_BY_ONE)

    def a_slow_call(request: Request) -> None:
        live_world.clock.pass_by(seconds=31)
        facts.denied["n01"] = "consent_withdrawn"

    destination.before_call = a_slow_call
    _plan(live_world, 3)
    counts = live_world.deliver(live_world.lease(), destinations=live(destination), recheck=facts)
    assert (counts.sent, counts.suppressed) == (2, 1)
    assert live_world.kinds("n01") == ["claimed", "suppressed"]


def test_a_question_that_takes_longer_than_answers_hold_lets_nothing_leave_and_loses_nothing(
    live_world: World,
) -> None:
    def slow(nudge_ids: Sequence[str]) -> Mapping[str, RecheckAnswer]:
        live_world.clock.pass_by(seconds=61)
        return Facts()(nudge_ids)

    destination = FakeDestination(settlement=ONE_BY_ONE)
    _plan(live_world, 2)
    counts = live_world.deliver(live_world.lease(), destinations=live(destination), recheck=slow)
    assert (destination.calls, counts.retryable) == ([], 2)
    assert {state.reason_code for state in live_world.states().values()} == {"recheck_too_old"}


def test_a_halt_between_two_batches_stops_the_later_one(live_world: World) -> None:
    destination = FakeDestination(settlement=ONE_BY_ONE)
    destination.before_call = lambda request: (
        live_world.ledger.append_halt(scope="channel:email", who="a person", why="a complaint") and None
    )
    _plan(live_world, 3)
    counts = live_world.deliver(live_world.lease(), destinations=live(destination))
    assert (counts.sent, counts.retryable, len(destination.calls)) == (1, 2, 1)
    # Closed without ever being attempted, so nobody has to ask what became of it.
    assert live_world.kinds("n02") == ["claimed", "retryable"]
    assert live_world.state("n02").reason_code == "halted"


def test_a_destination_that_refuses_everybody_is_not_asked_by_later_batches(live_world: World) -> None:
    destination = FakeDestination(
        answers=always(Verdict(Retryable("credentials_rejected"))), settlement=ONE_BY_ONE
    )
    _plan(live_world, 3)
    counts = live_world.deliver(live_world.lease(), destinations=live(destination))
    assert (counts.retryable, len(destination.calls)) == (3, 1)
    assert live_world.state("n02").reason_code == "destination_resting"


def test_a_destination_that_wants_pauses_gets_no_more_at_once_than_it_can_take_in_time(
    live_world: World,
) -> None:
    destination = FakeDestination(
        settlement=NativeKey(key_life=timedelta(hours=24), batch_size=50),
        minimum_interval=timedelta(seconds=1),
    )
    _plan(live_world, 45)
    assert live_world.deliver(live_world.lease(), destinations=live(destination)).sent == 45


def test_a_queue_longer_than_a_round_leaves_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "NUDGES_PER_ROUND", 2)
    facts = Facts()
    nudge_ids = _plan(world, 5)
    assert world.deliver(world.lease(), recheck=facts).sent == 5
    assert facts.asked == [nudge_ids[:2], nudge_ids[2:4], nudge_ids[4:]]
    assert world.left() == nudge_ids


def test_a_nudge_and_its_withdrawal_in_one_queue_are_two_deliveries(world: World) -> None:
    lease = world.lease()
    world.plan(lease.tick_id, {"nudge_id": "a"}, {"nudge_id": "a", "action": "withdraw"})
    assert world.deliver(lease).sent == 2
    assert [line["action"] for line in outbox_lines(world)] == ["deliver", "withdraw"]


def test_what_the_outbox_answers_is_never_older_than_its_file(world: World) -> None:
    destination = OutboxDestination(world.home / "outbox", clock=world.clock)
    line = {"delivery_id": "d1", "action": "deliver", "attempt": 1, "nudge_ids": ["a"]}
    question = Request(
        operation="search",
        payload={"namespace": "dev/shadow", "delivery_id": "d1", "action": "deliver", "attempt": 1},
        has_effect=False,
    )
    assert destination.call(question).body == "absent"
    for delivery_id in ("d0", "d1"):
        before = destination.call(question).body
        payload = {
            "namespace": "dev/shadow",
            "texts": {"a": "text"},
            "line": {**line, "delivery_id": delivery_id},
        }
        destination.call(Request(operation="write", payload=payload))
        assert before == "absent"
    assert destination.call(question).body == "found"
