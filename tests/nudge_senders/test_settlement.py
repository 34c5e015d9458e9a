"""What becomes of doubt, by the strategy that the destination declares. Settling never sends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from nudge_senders.destination import Inquiry, Lookup, NativeKey, NoSettlement, Settlement, StateSet
from nudge_senders.errors import EffectUnknown
from nudge_senders.outcome import Pending, Retryable, Sent, Uncertain, Verdict
from nudge_senders.queue import RecheckAnswer
from nudge_senders.reasons import NOT_FOUND_BY_INQUIRY
from nudge_senders.registry import Registry
from tests.nudge_senders.provider import STRATEGIES, Provider
from tests.nudge_senders.world import START, FakeDestination, World, always, live


def _in_doubt(world: World, settlement: Settlement, *nudge_ids: str, **parts: Any) -> FakeDestination:
    destination = FakeDestination(
        answers=always(Verdict(Uncertain("read_timeout"))), settlement=settlement, **parts
    )
    world.tick(*({"nudge_id": nudge_id} for nudge_id in nudge_ids or ("a",)), destinations=live(destination))
    return destination


@pytest.mark.parametrize(
    "settlement", [Lookup(settling_time=timedelta(minutes=10)), StateSet(timedelta(minutes=10))]
)
@pytest.mark.parametrize(
    ("answer", "state"),
    [(Verdict(Sent("receipt-2")), "sent"), (Verdict(Retryable("not_found")), "retryable")],
)
def test_a_provider_that_can_be_asked_is_asked_after_the_deadline_and_the_settling_time(
    live_world: World, settlement: Settlement, answer: Verdict, state: str
) -> None:
    destination = _in_doubt(live_world, settlement)
    destination.inquiry_answers = lambda inquiry: answer
    live_world.clock.now = START + timedelta(seconds=30, minutes=10) - timedelta(microseconds=1)
    live_world.tick(destinations=live(destination))
    assert (destination.inquiries, live_world.state("a").state) == ([], "uncertain")
    live_world.clock.pass_by(seconds=1)
    live_world.tick(destinations=live(destination))
    assert live_world.state("a").state == state
    assert live_world.state("a").is_possibly_sent == (state == "sent")
    # What the destination needs to ask was kept with `attempting`.
    assert destination.inquiries[0].provider_ref == "channel-1"
    assert destination.inquiries[0].nudge_ids == ("a",)
    assert len(destination.calls) == 1


def test_found_unsent_it_can_be_planned_in_the_same_tick(live_world: World) -> None:
    destination = _in_doubt(live_world, Lookup(settling_time=timedelta(0)))
    destination.inquiry_answers = lambda inquiry: Verdict(Retryable(NOT_FOUND_BY_INQUIRY))
    destination.answers = always(Verdict(Sent("receipt")))
    live_world.clock.pass_by(minutes=5)
    counts = live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    assert (counts.sent, live_world.state("a").attempts) == (1, 2)


def test_a_digest_is_asked_about_once(live_world: World) -> None:
    destination = _in_doubt(
        live_world, Lookup(settling_time=timedelta(0)), "a", "b", grouping=lambda nudges: [tuple(nudges)]
    )
    destination.inquiry_answers = lambda inquiry: Verdict(Sent("receipt"), {"b": Retryable("not_found")})
    live_world.clock.pass_by(minutes=1)
    live_world.tick(destinations=live(destination))
    assert [inquiry.nudge_ids for inquiry in destination.inquiries] == [("a", "b")]
    assert (live_world.state("a").state, live_world.state("b").state) == ("sent", "retryable")


def test_a_doubt_is_repeated_where_it_arose_and_never_at_another_destination(live_world: World) -> None:
    by_key = NativeKey(key_life=timedelta(hours=24))
    hubspot = _in_doubt(live_world, by_key, "a", "b", address_ref=None)
    other = FakeDestination(name="other", settlement=by_key)
    hubspot.answers = always(Verdict(Sent("receipt")))
    live_world.clock.pass_by(minutes=5)
    moved = {"nudge_id": "a", "destination": "other"}
    live_world.tick(moved, {"nudge_id": "b"}, destinations=live(hubspot, other))
    assert other.calls == []
    assert (live_world.state("a").state, live_world.state("b").state) == ("uncertain", "sent")
    live_world.clock.pass_by(hours=12)
    live_world.tick(moved, destinations=live(hubspot, other))
    assert (live_world.state("a").reason_code, other.calls) == ("key_too_old", [])


def test_what_nobody_can_settle_goes_to_a_person(live_world: World) -> None:
    destination = _in_doubt(live_world, NoSettlement())
    live_world.clock.pass_by(minutes=1)
    assert live_world.tick(destinations=live(destination)).needs_review == 1
    assert live_world.tick({"nudge_id": "a"}, destinations=live(destination)).skipped == 1
    assert live_world.state("a").is_possibly_sent


def test_accepted_is_polled_until_the_provider_says_sent(live_world: World) -> None:
    destination = _in_doubt(live_world, NativeKey(key_life=timedelta(hours=24)))
    check_at = START + timedelta(minutes=3)
    destination.answers = always(Verdict(Pending("status-7", check_at, "PENDING")))
    live_world.tick({"nudge_id": "b"}, destinations=live(destination))
    assert (live_world.state("b").provider_ref, live_world.state("b").next_check_at) == ("status-7", check_at)
    answers: list[Verdict] = [
        Verdict(Pending("status-7", check_at, "PROCESSING")),
        Verdict(Pending("status-7", check_at, "PROCESSING")),
        Verdict(Sent("event-1", "COMPLETE")),
    ]

    def answer(inquiry: Inquiry) -> Verdict | None:
        return answers.pop(0) if inquiry.provider_ref == "status-7" else None

    destination.inquiry_answers = answer
    kinds = []
    for _ in range(3):
        live_world.clock.pass_by(minutes=5)
        live_world.tick(destinations=live(destination))
        kinds.append(len(live_world.kinds("b")))
    assert live_world.state("b").state == "sent"
    # The same answer twice is no news and no entry.
    assert kinds == [4, 4, 5]


def test_a_question_that_fails_changes_nothing_until_a_day_has_passed(live_world: World) -> None:
    destination = _in_doubt(live_world, Lookup(settling_time=timedelta(0)))
    destination.inquiry_answers = lambda inquiry: EffectUnknown("read_timeout")
    live_world.clock.pass_by(hours=23, minutes=59)
    live_world.tick(destinations=live(destination))
    assert live_world.kinds("a") == ["claimed", "attempting", "uncertain"]
    live_world.clock.pass_by(minutes=2)
    live_world.tick(destinations=live(destination))
    assert live_world.state("a").reason_code == "never_settled"


@pytest.mark.parametrize("settlement", [NoSettlement(), NativeKey(key_life=timedelta(hours=24))])
def test_in_doubt_and_completed_meanwhile_is_cancelled_but_counts_as_possibly_sent(
    live_world: World, settlement: Settlement
) -> None:
    destination = _in_doubt(live_world, settlement)
    live_world.clock.pass_by(minutes=5)
    counts = live_world.tick(
        destinations=live(destination), recheck=lambda ids: {"a": RecheckAnswer(False, "milestone_completed")}
    )
    assert counts.cancelled == 1
    assert (live_world.state("a").state, live_world.state("a").is_possibly_sent) == ("cancelled", True)


def test_a_halt_of_everything_stops_settling_and_a_smaller_one_does_not(live_world: World) -> None:
    destination = _in_doubt(live_world, NoSettlement())
    live_world.clock.pass_by(minutes=5)
    halt_id = live_world.ledger.append_halt(scope="all", who="a person", why="incident")
    assert live_world.tick(destinations=live(destination)).needs_review == 0
    live_world.ledger.release_halt(halt_id, who="a person", why="over")
    live_world.ledger.append_halt(scope="channel:email", who="a person", why="incident")
    assert live_world.tick(destinations=live(destination)).needs_review == 1


def _provider(world: World, strategy: str, failure: str) -> tuple[Provider, Registry]:
    provider = Provider(strategy, world.clock, failure)
    return provider, Registry({strategy: provider}, True)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_only_a_doubt_that_a_key_makes_harmless_says_when_it_may_be_repeated(
    live_world: World, strategy: str
) -> None:
    """Planning goes by it: what is in doubt and says nothing is not planned again."""
    _, destinations = _provider(live_world, strategy, "silence_after")
    live_world.tick({"nudge_id": "a", "destination": strategy}, destinations=destinations)
    state = live_world.state("a")
    assert state.state == "uncertain"
    assert (state.not_before is not None) == (strategy == "native_key")
    # No repeat may begin while the first try might.
    assert state.not_before is None or state.not_before > START + timedelta(seconds=30)


@pytest.mark.parametrize("kind", ["attempting", "uncertain"])
def test_a_doubt_under_a_key_that_nobody_followed_up_may_be_repeated_once_it_is_named(
    live_world: World, kind: str
) -> None:
    """Left by a process that died, or by an outcome that came too late to count."""
    provider, destinations = _provider(live_world, "native_key", "silence_after")
    row = {"nudge_id": "a", "destination": "native_key"}
    live_world.tick(row, destinations=destinations)
    live_world.query("delete from nudges.nudge_events where kind = 'uncertain' and ? = 'attempting'", [kind])
    live_world.query("update nudges.nudge_events set not_before = null")
    live_world.ledger.open_namespace("prod/live", who="a person")
    live_world.clock.pass_by(minutes=5)
    live_world.tick(destinations=destinations)
    not_before = live_world.state("a").not_before
    assert not_before is not None
    provider.failure = "ok"
    assert live_world.tick(row, destinations=destinations).skipped == 1
    live_world.clock.now = not_before
    assert live_world.tick(row, destinations=destinations).sent == 1
    assert provider.arrived == {"a": 1}


def test_repeats_wait_longer_each_time_and_end_with_half_the_life_of_the_key(live_world: World) -> None:
    _, destinations = _provider(live_world, "native_key", "silence_before")
    row, waits = {"nudge_id": "a", "destination": "native_key"}, []
    for _ in range(8):
        live_world.tick(row, destinations=destinations)
        not_before = live_world.state("a").not_before
        assert not_before is not None
        waits.append((not_before - live_world.clock()).total_seconds() / 60)
        live_world.clock.now = not_before
    assert [1 <= waits[0] < 2, 5 <= waits[1] < 8, 25 <= waits[2] < 38] == [True] * 3
    assert waits[3:] == [60] * 5
    live_world.clock.now = START + timedelta(hours=12)
    live_world.tick(row, destinations=destinations)
    assert (live_world.state("a").state, live_world.state("a").reason_code) == ("needs_review", "key_too_old")


def test_no_repeat_leaves_after_half_the_life_of_the_key_even_where_nobody_settled(live_world: World) -> None:
    provider, destinations = _provider(live_world, "native_key", "silence_before")
    row = {"nudge_id": "a", "destination": "native_key"}
    live_world.tick(row, destinations=destinations)
    provider.failure = "ok"
    live_world.clock.now = START + timedelta(hours=12)
    lease = live_world.lease()
    live_world.plan(lease.tick_id, row)
    assert live_world.deliver(lease, destinations=destinations).skipped == 1
    assert provider.arrived == {}
