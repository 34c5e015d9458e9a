"""A destination that keeps failing is left in peace for 15 minutes, and then asked with one call."""

from __future__ import annotations

from typing import Any

import pytest

from nudge_senders.errors import EffectUnknown, LedgerLocked
from nudge_senders.ledger import Ledger
from nudge_senders.outcome import Dead, Outcome, Pending, Retryable, Sent, Suppressed, Uncertain, Verdict
from nudge_senders.provider_rest import FAILURES_BORNE, failures_after, rest_reason
from tests.nudge_senders.world import START, FakeDestination, World, always, live

ROWS = [{"nudge_id": f"n{number}"} for number in range(8)]
BUSY = always(Verdict(Retryable("throttled")))


@pytest.mark.parametrize(
    ("outcome", "after_three"),
    [
        (Retryable("throttled"), 4),
        (Retryable("credentials_rejected"), 4),
        (Uncertain("read_timeout"), 4),
        (Sent("receipt"), 0),
        (Dead("unknown_contact"), 0),
        (Suppressed("unsubscribed"), 0),
        (Pending("receipt", check_at=START), 0),
        (Retryable("halted"), 3),
        (Uncertain("lease_ending"), 3),
    ],
)
def test_failures_are_counted_in_a_row_and_an_answer_ends_it(outcome: Outcome, after_three: int) -> None:
    assert failures_after(3, outcome) == after_three


def test_five_failures_rest_a_destination_a_refused_key_or_a_failed_probe_at_once() -> None:
    busy = Retryable("throttled")
    assert rest_reason(busy, FAILURES_BORNE - 1, is_probe=False) is None
    assert rest_reason(busy, FAILURES_BORNE, is_probe=False) == "destination_failing"
    assert rest_reason(busy, 1, is_probe=True) == "destination_failing"
    assert rest_reason(Sent("receipt"), 0, is_probe=True) is None
    assert rest_reason(Retryable("quota_exhausted"), 1, is_probe=False) == "quota_exhausted"


def test_after_five_failures_in_a_row_nothing_more_is_tried_for_15_minutes(live_world: World) -> None:
    destination = FakeDestination(answers=BUSY)
    counts = live_world.tick(*ROWS, destinations=live(destination))
    assert (len(destination.calls), counts.retryable) == (FAILURES_BORNE, len(ROWS))
    [halt] = live_world.ledger.halts()
    assert (halt.scope, halt.who, halt.why) == ("destination:hubspot", "nudge_senders", "destination_failing")
    assert halt.until_at is not None
    assert (halt.until_at - live_world.clock()).total_seconds() == 15 * 60
    # Those that were not tried have used up no attempt.
    assert {live_world.state(f"n{number}").reason_code for number in range(5, 8)} == {"destination_resting"}
    live_world.clock.pass_by(minutes=14)
    assert live_world.tick(*ROWS, destinations=live(destination)).skipped == len(ROWS)


def test_a_rest_is_followed_by_one_call_until_something_was_sent(live_world: World) -> None:
    destination = FakeDestination(answers=BUSY)
    live_world.tick(*ROWS, destinations=live(destination))
    for _ in range(2):
        live_world.clock.pass_by(minutes=16)
        destination.calls.clear()
        live_world.tick(*ROWS, destinations=live(destination))
        assert len(destination.calls) == 1
    live_world.clock.pass_by(hours=1)
    destination.answers = always(Verdict(Sent("receipt")))
    assert live_world.tick(*ROWS[:1], destinations=live(destination)).sent == 1
    # Proven again: a single failure is borne.
    live_world.clock.pass_by(hours=1)
    destination.answers = BUSY
    destination.calls.clear()
    live_world.tick(*ROWS[1:4], destinations=live(destination))
    assert len(destination.calls) == 3
    assert live_world.ledger.halts() == []


def test_a_success_in_the_same_tick_proves_the_destination_before_it_is_written_down(
    live_world: World,
) -> None:
    destination = FakeDestination(answers=BUSY)
    live_world.tick(*ROWS, destinations=live(destination))
    live_world.clock.pass_by(hours=2)
    answers = iter([Verdict(Sent("receipt"))])
    destination.answers = lambda request: next(answers, Verdict(Retryable("throttled")))
    destination.calls.clear()
    live_world.tick(*ROWS[:4], destinations=live(destination))
    assert len(destination.calls) == 4


def test_a_rest_that_cannot_be_recorded_loses_no_outcome(
    live_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(self: Ledger, **halt: Any) -> str:
        raise LedgerLocked("somebody holds the file")

    monkeypatch.setattr(Ledger, "append_halt", locked)
    destination = FakeDestination(answers=lambda request: EffectUnknown("read_timeout"))
    live_world.tick(*ROWS, destinations=live(destination))
    assert len(destination.calls) == FAILURES_BORNE
    reasons = [live_world.state(f"n{number}").reason_code for number in range(8)]
    assert reasons == ["read_timeout"] * FAILURES_BORNE + ["destination_resting"] * 3
