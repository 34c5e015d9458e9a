"""The order of a delivery, and every exit that a nudge can take on its way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from nudge_senders.counts import DeliveryCounts
from nudge_senders.destination import NativeKey, NoSettlement, Request, StateSet
from nudge_senders.errors import EffectUnknown, NotSent, SenderMisconfigured
from nudge_senders.outcome import Dead, NeedsReview, Pending, Retryable, Sent, Suppressed, Uncertain, Verdict
from nudge_senders.queue import QueueReader, RecheckAnswer
from nudge_senders.registry import build_registry
from tests.nudge_senders.world import START, FakeDestination, World, always, live, outbox_lines, queue_row


def _adds_up(counts: DeliveryCounts) -> bool:
    closed = counts.sent + counts.retryable + counts.dead + counts.uncertain + counts.needs_review
    return (
        counts.queued == counts.claimed + counts.skipped
        and counts.claimed == closed + counts.suppressed + counts.cancelled
    )


def test_a_nudge_leaves_once_and_a_second_tick_delivers_nothing(world: World) -> None:
    first = world.tick({"nudge_id": "a"}, {"nudge_id": "b"})
    second = world.tick({"nudge_id": "a"}, {"nudge_id": "b"})
    assert (first.sent, second.sent, second.skipped) == (2, 0, 2)
    assert sorted(world.left()) == ["a", "b"]
    assert world.kinds("a") == ["claimed", "attempting", "sent"]
    assert "Ada" in (world.home / "outbox/dev/shadow/a.txt").read_text()


def test_attempting_is_committed_and_the_file_is_free_while_the_destination_is_called(
    closed_world: World,
) -> None:
    closed_world.namespace = "prod/live"
    closed_world.ledger.open_namespace("prod/live", who="a person")
    seen: list[Any] = []

    def look(request: Request) -> None:
        # A connection of another configuration is refused while any other one is open in this process.
        with duckdb.connect(str(closed_world.path), config={"threads": "1"}) as connection:
            seen.append(
                connection.execute("select kind from nudges.nudge_events where nudge_id = 'a'").fetchall()
            )

    closed_world.tick({"nudge_id": "a"}, destinations=live(FakeDestination(before_call=look)))
    assert seen == [[("claimed",), ("attempting",)]]


def test_when_attempting_cannot_be_committed_nothing_is_called(
    live_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("disk full")

    destination = FakeDestination()
    lease = live_world.lease()
    live_world.plan(lease.tick_id, {"nudge_id": "a"})
    ledger = live_world.ledger
    monkeypatch.setattr(ledger, "append_attempting", fail)
    with pytest.raises(OSError, match="disk full"):
        live_world.deliver(lease, destinations=live(destination), ledger=ledger)
    assert destination.calls == []


def test_only_rows_of_the_own_tick_leave_whatever_the_queue_hands_out(world: World) -> None:
    class Careless(QueueReader):
        def rows(self, **_: str) -> list[dict[str, Any]]:
            return [queue_row("own", "tick-1"), queue_row("stale", "tick-0"), queue_row("own", "tick-1")]

    lease = world.lease()
    world.plan("tick-0", {"nudge_id": "stale"})
    world.plan("tick-1", {"nudge_id": "own"})
    assert world.deliver(lease).sent == 1
    assert world.deliver(lease, queue=Careless()).skipped == 3
    assert world.left() == ["own"]


@pytest.mark.parametrize(
    ("is_allowed", "reason", "state"),
    [
        (False, "milestone_completed", "cancelled"),
        (False, "consent_withdrawn", "suppressed"),
        (False, "control", "suppressed"),
        (False, "on_hold", "retryable"),
        (False, "a_reason_from_the_future", "retryable"),
        (False, None, "retryable"),
        (None, None, "retryable"),
    ],
)
def test_a_recheck_that_says_no_keeps_the_nudge_in(
    world: World, is_allowed: bool | None, reason: str | None, state: str
) -> None:
    lease = world.lease()
    world.plan(lease.tick_id, {"nudge_id": "a"})
    world.answer("a", is_allowed, reason)
    counts = world.deliver(lease)
    assert world.left() == []
    assert world.state("a").state == state
    assert not world.state("a").is_possibly_sent
    assert _adds_up(counts)


def test_no_answer_and_a_failing_recheck_keep_everything_in(world: World) -> None:
    lease = world.lease()
    world.plan(lease.tick_id, {"nudge_id": "a"}, {"nudge_id": "b"})
    counts = world.deliver(lease, recheck=lambda ids: {"a": RecheckAnswer(False, "recheck_missing")})
    assert (counts.retryable, world.state("b").reason_code) == (2, "recheck_missing")
    world.clock.pass_by(minutes=6)

    def broken(ids: Any) -> Any:
        raise RuntimeError("view is gone")

    counts = world.deliver(lease, recheck=broken)
    assert (counts.retryable, world.state("b").reason_code) == (2, "recheck_failed")
    assert world.left() == []


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [(29, None), (30, "attempt_deadline_passed")],
)
def test_no_call_starts_after_its_deadline(live_world: World, seconds: int, reason: str | None) -> None:
    """The first call takes its time; the second one of the batch then may or may not start."""
    destination = FakeDestination()
    destination.before_call = lambda request: live_world.clock.pass_by(seconds=seconds)
    counts = live_world.tick({"nudge_id": "a"}, {"nudge_id": "b"}, destinations=live(destination))
    assert len(destination.calls) == (2 if reason is None else 1)
    assert counts.sent == len(destination.calls)
    assert live_world.state("b").reason_code == reason
    assert live_world.state("b").is_possibly_sent == (reason is None)


def test_a_recheck_older_than_its_age_is_not_acted_on(live_world: World) -> None:
    settings = replace(live_world.settings, recheck_max_age=timedelta(seconds=10))
    destination = FakeDestination()
    destination.before_call = lambda request: live_world.clock.pass_by(seconds=11)
    lease = live_world.lease()
    live_world.plan(lease.tick_id, {"nudge_id": "a"}, {"nudge_id": "b"})
    live_world.deliver(lease, destinations=live(destination), settings=settings)
    assert live_world.state("b").reason_code == "recheck_too_old"
    # It used up no attempt, and nothing keeps it from leaving on the next tick.
    live_world.ledger.release_lease(lease)
    destination.before_call = lambda request: None
    assert live_world.tick({"nudge_id": "b"}, destinations=live(destination)).sent == 1
    assert live_world.state("b").attempts == 1


def test_a_nudge_past_its_own_deadline_is_cancelled_and_never_attempted(world: World) -> None:
    assert world.tick({"nudge_id": "a", "deadline_at": START}).cancelled == 1
    assert world.kinds("a") == ["claimed", "cancelled"]


def test_no_call_starts_when_the_lease_is_about_to_end(world: World) -> None:
    lease = world.lease(time_to_live=timedelta(seconds=20))
    world.plan(lease.tick_id, {"nudge_id": "a"})
    world.deliver(lease)
    assert (world.left(), world.state("a").reason_code) == ([], "lease_ending")


@pytest.mark.parametrize(
    ("answer", "state", "is_possibly_sent"),
    [
        (Verdict(Sent("receipt", "ok")), "sent", True),
        (Verdict(Pending("status-1", START, "PENDING")), "uncertain", True),
        (Verdict(Retryable("throttled")), "retryable", False),
        (Verdict(Dead("invalid_address")), "dead", False),
        (Verdict(Suppressed("opted_out")), "suppressed", False),
        (Verdict(Uncertain("internal_error")), "uncertain", True),
        (Verdict(NeedsReview("key_conflict")), "needs_review", True),
        (NotSent("connection_refused"), "retryable", False),
        (EffectUnknown("read_timeout"), "uncertain", True),
        (ValueError("a bug with ada@customer.example in it"), "uncertain", True),
    ],
)
def test_every_answer_has_its_state(
    live_world: World, answer: Any, state: str, is_possibly_sent: bool, caplog: pytest.LogCaptureFixture
) -> None:
    counts = live_world.tick(
        {"nudge_id": "a"}, destinations=live(FakeDestination(answers=lambda request: answer))
    )
    assert (live_world.state("a").state, live_world.state("a").is_possibly_sent) == (state, is_possibly_sent)
    assert counts.as_dict()[state] == 1
    assert _adds_up(counts)
    assert "@" not in caplog.text


def test_retries_wait_longer_each_time_and_end_after_four(live_world: World) -> None:
    destination = FakeDestination(answers=always(Verdict(Retryable("throttled"))))
    waits: list[float] = []
    for _ in range(4):
        live_world.tick({"nudge_id": "a"}, destinations=live(destination))
        state = live_world.state("a")
        if state.not_before is not None:
            waits.append((state.not_before - live_world.clock()).total_seconds() / 60)
            assert live_world.tick({"nudge_id": "a"}, destinations=live(destination)).skipped == 1
            live_world.clock.now = state.not_before
    assert [1 <= waits[0] <= 1.5, 5 <= waits[1] <= 7.5, 25 <= waits[2] <= 37.5] == [True] * 3
    assert (len(destination.calls), live_world.state("a").state) == (4, "dead")
    assert live_world.state("a").reason_code == "attempts_exhausted"
    live_world.clock.pass_by(days=1)
    assert live_world.tick({"nudge_id": "a"}, destinations=live(destination)).skipped == 1


def test_rejected_credentials_rest_the_destination_and_use_up_no_attempt(live_world: World) -> None:
    destination = FakeDestination(answers=always(Verdict(Retryable("credentials_rejected"))))
    rows = [{"nudge_id": f"n{number}"} for number in range(3)]
    counts = live_world.tick(*rows, destinations=live(destination))
    assert (len(destination.calls), counts.retryable) == (1, 3)
    assert [halt.scope for halt in live_world.ledger.halts()] == ["destination:hubspot"]
    assert live_world.tick(*rows, destinations=live(destination)).skipped == 3
    for _ in range(5):
        live_world.clock.pass_by(minutes=6)
        live_world.tick(*rows, destinations=live(destination))
    destination.answers = always(Verdict(Sent("receipt")))
    live_world.clock.pass_by(minutes=6)
    assert live_world.tick(*rows, destinations=live(destination)).sent == 3


def test_a_digest_is_one_call_for_many_nudges_and_leaves_out_what_may_not_leave(live_world: World) -> None:
    destination = FakeDestination(grouping=lambda nudges: [tuple(nudges)])
    lease = live_world.lease()
    live_world.plan(lease.tick_id, *({"nudge_id": nudge_id} for nudge_id in "abc"))
    live_world.answer("b", False, "consent_withdrawn")
    counts = live_world.deliver(lease, destinations=live(destination))
    assert (counts.sent, counts.suppressed, len(destination.calls)) == (2, 1, 1)
    assert live_world.state("a").delivery_id == live_world.state("c").delivery_id
    assert destination.calls[0].payload["key"] == live_world.state("a").delivery_id


def test_a_batch_accepted_in_part_gives_every_nudge_its_own_outcome(live_world: World) -> None:
    partly = Verdict(Sent("batch"), {"b": Dead("unknown_visitor")})
    destination = FakeDestination(answers=always(partly), grouping=lambda nudges: [tuple(nudges)])
    counts = live_world.tick({"nudge_id": "a"}, {"nudge_id": "b"}, destinations=live(destination))
    assert (counts.sent, counts.dead) == (1, 1)


@pytest.mark.parametrize(("has_effect", "state"), [(False, "retryable"), (True, "uncertain")])
def test_a_failure_between_two_requests_is_doubt_only_after_an_effect(
    live_world: World, monkeypatch: pytest.MonkeyPatch, has_effect: bool, state: str
) -> None:
    """Find the person, then enrol them: when the second is refused, it matters what the first did."""
    second = Request(operation="POST /enrol", payload={})

    def answers(request: Request) -> Any:
        return NotSent("connection_refused") if request is second else second

    destination = FakeDestination(answers=answers)
    build = destination.build_request
    monkeypatch.setattr(
        destination, "build_request", lambda delivery: replace(build(delivery), has_effect=has_effect)
    )
    live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    assert live_world.state("a").state == state


def test_withdrawing_has_a_state_of_its_own_and_needs_no_recheck(world: World) -> None:
    world.tick({"nudge_id": "a"})
    lease = world.lease()
    world.plan(lease.tick_id, {"nudge_id": "a", "action": "withdraw"})
    world.answer("a", False, "milestone_completed")
    assert world.deliver(lease).sent == 1
    states = {state.action: state.state for state in world.ledger.states("dev/shadow")}
    assert states == {"deliver": "sent", "withdraw": "sent"}
    assert [line["action"] for line in outbox_lines(world)] == ["deliver", "withdraw"]


def test_of_two_values_for_one_contact_only_the_newest_is_written(live_world: World) -> None:
    destination = FakeDestination(settlement=StateSet())
    older = {"nudge_id": "older", "contact_id": "ada", "due_at": START - timedelta(hours=2)}
    newer = {"nudge_id": "newer", "contact_id": "ada", "due_at": START - timedelta(hours=1)}
    counts = live_world.tick(newer, older, destinations=live(destination))
    assert (counts.sent, counts.skipped) == (1, 1)
    assert live_world.state("newer").state == "sent"


def test_a_repeat_needs_the_same_body_within_half_the_keys_life(live_world: World) -> None:
    settlement = NativeKey(key_life=timedelta(hours=24))
    destination = FakeDestination(
        answers=always(Verdict(Uncertain("read_timeout"))), settlement=settlement, address_ref=None
    )
    rows = [{"nudge_id": "same"}, {"nudge_id": "other", "csm_name": "Grace"}, {"nudge_id": "slow"}]
    live_world.tick(*rows, destinations=live(destination))
    destination.answers = always(Verdict(Sent("receipt")))
    live_world.clock.pass_by(minutes=5)
    counts = live_world.tick(
        {"nudge_id": "same"}, {"nudge_id": "other", "csm_name": "Alan"}, destinations=live(destination)
    )
    assert (live_world.state("same").state, live_world.state("other").state) == ("sent", "needs_review")
    assert (counts.sent, counts.needs_review) == (1, 1)
    keys = [str(request.payload["key"]) for request in destination.calls]
    assert sorted(keys) == ["other", "same", "same", "slow"]
    assert destination.calls[-1].payload == destination.calls[keys.index("same")].payload
    live_world.clock.pass_by(hours=12)
    live_world.tick({"nudge_id": "slow"}, destinations=live(destination))
    assert live_world.state("slow").state == "needs_review"
    assert len(destination.calls) == 4


def test_a_refused_repeat_leaves_the_first_attempt_in_doubt(live_world: World) -> None:
    destination = FakeDestination(
        answers=always(Verdict(Uncertain("read_timeout"))),
        settlement=NativeKey(key_life=timedelta(hours=24)),
        address_ref=None,
    )
    live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    destination.answers = always(Verdict(Retryable("throttled")))
    live_world.clock.pass_by(minutes=5)
    live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    assert live_world.kinds("a")[-1] == "retryable"
    assert live_world.state("a").state == "uncertain"
    assert live_world.state("a").is_possibly_sent


def test_a_live_destination_without_sender_closes_the_nudge_visibly(live_world: World) -> None:
    counts = live_world.tick(
        {"nudge_id": "a", "destination": "braze"}, destinations=live(FakeDestination(name="hubspot"))
    )
    assert (counts.dead, live_world.state("a").reason_code) == (1, "destination_unavailable")
    assert not live_world.state("a").is_possibly_sent


def test_in_shadow_every_destination_is_the_outbox(world: World) -> None:
    world.tick(
        {"nudge_id": "a", "destination": "hubspot"},
        {"nudge_id": "b", "destination": "slack", "tier": 3},
        {"nudge_id": "c", "destination": "intercom", "tier": 1},
        channels=("in_app", "email", "human"),
    )
    assert sorted(world.left()) == ["a", "b", "c"]
    assert {state.destination for state in world.states().values()} == {"outbox"}


def test_live_destinations_never_serve_a_shadow_namespace(world: World) -> None:
    with pytest.raises(SenderMisconfigured):
        world.deliver(world.lease(), destinations=live(FakeDestination()))
    assert set(build_registry(world.settings).destinations) == {"outbox"}


def test_an_unusable_row_is_skipped_and_does_not_stop_the_others(world: World) -> None:
    counts = world.tick(
        {"nudge_id": "../../escape"},
        {"nudge_id": "mail", "contact_id": "ada@customer.example"},
        {"nudge_id": "named-mail", "account_id": "Ada <ada@customer.example>"},
        {"nudge_id": "no-key", "template_key": None},
        {"nudge_id": "no-such-template", "template_key": "poem"},
        {"nudge_id": "good"},
    )
    assert (counts.sent, counts.retryable, counts.skipped) == (1, 1, 4)
    assert world.state("no-such-template").reason_code == "render_failed"
    assert _adds_up(counts)


def test_a_doubtful_delivery_without_settlement_is_one_at_a_time(live_world: World) -> None:
    claimed_at_call: list[int] = []
    destination = FakeDestination(settlement=NoSettlement())
    destination.before_call = lambda request: claimed_at_call.append(
        sum(state.last_kind == "attempting" for state in live_world.states().values())
    )
    live_world.tick(*({"nudge_id": f"n{number}"} for number in range(3)), destinations=live(destination))
    assert claimed_at_call == [1, 1, 1]


def test_a_repeat_that_is_refused_for_the_moment_is_not_given_up_while_its_first_try_is_in_doubt(
    live_world: World,
) -> None:
    destination = FakeDestination(
        answers=always(Verdict(Uncertain("read_timeout"))),
        settlement=NativeKey(key_life=timedelta(hours=24)),
        address_ref=None,
    )
    for _ in range(3):
        live_world.tick({"nudge_id": "a"}, destinations=live(destination))
        live_world.clock.pass_by(hours=1)
    destination.answers = always(Verdict(Retryable("connection_failed")))
    live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    assert (live_world.state("a").state, len(destination.calls)) == ("uncertain", 4)
    destination.answers = always(Verdict(Sent("receipt")))
    live_world.clock.pass_by(hours=2)
    live_world.tick({"nudge_id": "a"}, destinations=live(destination))
    assert live_world.state("a").state == "sent"
