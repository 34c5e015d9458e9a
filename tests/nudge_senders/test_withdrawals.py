"""Taking back what was delivered: an action of its own, under every guard but a stop of everything."""

from __future__ import annotations

from collections import Counter

import pytest

from nudge_senders.clock import system_clock
from nudge_senders.counts import DeliveryCounts
from nudge_senders.destination import Delivery, Request, StateSet
from nudge_senders.outcome import Retryable, Sent, Uncertain, Verdict
from nudge_senders.queue import RecheckAnswer
from tests.nudge_senders.test_crashes import _tick_in_a_process
from tests.nudge_senders.world import FakeDestination, World, always, live, outbox_lines

WITHDRAWAL = {"nudge_id": "a", "action": "withdraw", "withdraw_reason_code": "milestone_resolved"}


def _action_states(world: World) -> dict[str, str]:
    return {state.action: state.state for state in world.ledger.states(world.namespace)}


def test_a_withdrawal_says_why_in_the_ledger_and_is_counted_apart_from_messages(world: World) -> None:
    assert world.tick({"nudge_id": "a"}).withdrawn == 0
    counts = world.tick(WITHDRAWAL)
    assert counts == DeliveryCounts(queued=1, claimed=1, sent=1, withdrawn=1)
    entries = [entry for entry in world.ledger.entries("a") if entry.action == "withdraw"]
    assert [(entry.kind, entry.reason_code) for entry in entries] == [
        ("claimed", "milestone_resolved"),
        ("attempting", None),
        ("sent", None),
    ]


def test_what_was_delivered_stays_readable_in_the_outbox(world: World) -> None:
    world.tick({"nudge_id": "a"})
    folder = world.home / "outbox" / world.namespace
    message = (folder / "a.txt").read_text()
    world.tick(WITHDRAWAL)
    assert (folder / "a.txt").read_text() == message
    assert "why: milestone_resolved" in (folder / "a.withdrawn.txt").read_text()


def test_a_withdrawal_knows_the_receipt_of_what_it_takes_back(
    live_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination = FakeDestination(answers=always(Verdict(Sent("membership-7"))))
    live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    known: list[str | None] = []
    build = destination.build_request

    def remember(delivery: Delivery) -> Request:
        known.append(delivery.provider_ref)
        return build(delivery)

    monkeypatch.setattr(destination, "build_request", remember)
    live_world.tick(WITHDRAWAL, destinations=live(destination))
    assert known == ["membership-7"]


@pytest.mark.parametrize(
    ("scope", "states"),
    [
        ("experiment:ttfv_nudge", {"deliver": "sent", "withdraw": "sent"}),
        ("channel:email", {"deliver": "sent", "withdraw": "sent"}),
        ("all", {"deliver": "sent"}),
    ],
)
def test_a_harmful_experiment_stops_messages_and_not_their_taking_back(
    world: World, scope: str, states: dict[str, str]
) -> None:
    world.tick({"nudge_id": "a"})
    world.ledger.append_halt(scope=scope, who="somebody", why="harm")
    counts = world.tick(WITHDRAWAL, {"nudge_id": "b"})
    assert counts.skipped == (2 if scope == "all" else 1)
    assert _action_states(world) == states


def test_a_doubtful_withdrawal_is_asked_about_although_the_milestone_is_completed(live_world: World) -> None:
    """Completed is why it was begun: that must not close it as no longer wanted."""
    destination = FakeDestination(settlement=StateSet())
    live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    destination.answers = always(Verdict(Uncertain("read_timeout")))
    live_world.tick(WITHDRAWAL, destinations=live(destination))
    live_world.clock.pass_by(minutes=5)

    def completed(nudge_ids: object) -> dict[str, RecheckAnswer]:
        return {"a": RecheckAnswer(False, "milestone_completed")}

    live_world.tick(destinations=live(destination), recheck=completed)
    assert _action_states(live_world)["withdraw"] == "uncertain"
    destination.inquiry_answers = lambda inquiry: Verdict(Retryable("still_set"))
    live_world.clock.pass_by(minutes=5)
    live_world.tick(destinations=live(destination), recheck=completed)
    assert _action_states(live_world)["withdraw"] == "retryable"


@pytest.mark.parametrize("fault", ["after_claim", "after_attempting", "after_effect"])
def test_killed_while_taking_back_it_is_taken_back_once_in_the_end(closed_world: World, fault: str) -> None:
    world = closed_world
    lease = world.lease()
    world.plan(lease.tick_id, {"nudge_id": "a"})
    world.deliver(lease)
    world.ledger.release_lease(lease)
    world.plan("killed", WITHDRAWAL)
    assert _tick_in_a_process(world, "killed", MILESTONE_AGENT_FAULT=fault) == -9
    assert _action_states(world)["withdraw"] == {"after_claim": "claimed"}.get(fault, "uncertain")

    world.clock.now = system_clock()
    for minutes in (0, 5):
        world.clock.pass_by(minutes=minutes)
        lease = world.lease()
        world.settle(lease)
        if _action_states(world)["withdraw"] in ("retryable", "claimed"):
            world.plan(lease.tick_id, WITHDRAWAL)
        world.deliver(lease)
        world.ledger.release_lease(lease)
    assert _action_states(world) == {"deliver": "sent", "withdraw": "sent"}
    assert Counter(line["action"] for line in outbox_lines(world)) == {"deliver": 1, "withdraw": 1}


def test_what_shows_at_a_customer_is_tried_to_be_taken_back_until_it_is(live_world: World) -> None:
    destination = FakeDestination(answers=always(Verdict(Sent("receipt"))), settlement=StateSet())
    live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    destination.answers = always(Verdict(Retryable("connection_failed")))
    for _ in range(6):
        live_world.clock.pass_by(hours=2)
        live_world.tick(WITHDRAWAL, destinations=live(destination))
        assert _action_states(live_world)["withdraw"] == "retryable"
    destination.answers = always(Verdict(Sent("receipt")))
    live_world.clock.pass_by(hours=2)
    live_world.tick(WITHDRAWAL, destinations=live(destination))
    assert _action_states(live_world)["withdraw"] == "sent"
