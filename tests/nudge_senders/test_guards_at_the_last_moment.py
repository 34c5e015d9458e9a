"""What only shows when something changes between two steps of one tick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from nudge_senders.errors import LeaseLost, LedgerNotTrusted
from nudge_senders.queue import RecheckAnswer
from tests.nudge_senders.world import FakeDestination, World, live


def test_who_lost_the_lease_after_the_claim_attempts_nothing(live_world: World) -> None:
    """Suspended while it asked again: another tick has taken over when it goes on."""
    destination, lease = FakeDestination(), live_world.lease()
    live_world.plan(lease.tick_id, {"nudge_id": "a"})

    def slow(nudge_ids: Sequence[str]) -> Mapping[str, RecheckAnswer]:
        now = live_world.clock.now
        live_world.clock.now = lease.expires_at
        live_world.lease()
        # Back to a moment at which nothing but the lease stands in the way.
        live_world.clock.now = now
        return {nudge_id: RecheckAnswer(True) for nudge_id in nudge_ids}

    with pytest.raises(LeaseLost):
        live_world.deliver(lease, destinations=live(destination), recheck=slow)
    assert destination.calls == []
    assert live_world.kinds("a") == ["claimed"]


def test_an_empty_ledger_with_another_id_is_not_taken_for_the_one_last_seen(live_world: World) -> None:
    """A fresh file in the old one's place, opened by hand in SQL and as full as the old one."""
    live_world.tick({"nudge_id": "a"}, destinations=live(FakeDestination()))
    live_world.query("update nudges.ledger_meta set ledger_id = 'another'")
    live_world.query("update nudges.nudge_events set ledger_id = 'another'")
    destination = FakeDestination()
    with pytest.raises(LedgerNotTrusted, match="not the one last seen"):
        live_world.deliver(live_world.lease(), destinations=live(destination))
    assert destination.calls == []
