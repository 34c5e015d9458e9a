"""Real senders, real ledger, a vendor that breaks once: every nudge ends in exactly one delivery."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from nudge_senders.registry import Registry
from tests.contract.stand_ins.stand_in import StandIn
from tests.contract.table import CASES, Case
from tests.nudge_senders.world import World

_TIER = {"in_app": 1, "email": 2, "human": 3}
_SETTLING = [case for case in CASES if case.name in ("intercom", "braze", "salesloft")]


@pytest.fixture
def live_world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "home", namespace="prod/live")
    made.ledger.open_namespace("prod/live", who="a person")
    yield made
    made.close()


@pytest.mark.parametrize("case", _SETTLING, ids=[case.name for case in _SETTLING], indirect=True)
@pytest.mark.parametrize("fault", ["before_reset", "after_reset"])
def test_a_nudge_whose_call_broke_is_delivered_once(
    live_world: World, case: Case, stand_in: StandIn, fault: str
) -> None:
    destination = case.destination(stand_in, clock=live_world.clock)
    registry = Registry({case.name: destination}, True)
    channel = case.channel.value
    row = {
        "nudge_id": "nudge-1",
        "tier": _TIER[channel],
        "destination": case.name,
        "contact_email": "ada@customer.example",
    }
    stand_in.fault = fault
    assert live_world.tick(row, destinations=registry, channels=(channel,)).uncertain == 1
    stand_in.fault = None
    for _ in range(8):
        if live_world.state("nudge-1").state == "sent":
            break
        live_world.clock.pass_by(minutes=6)
        if hasattr(stand_in, "now"):
            stand_in.now = live_world.clock() + timedelta(seconds=1)
        live_world.tick(row, destinations=registry, channels=(channel,))
    assert live_world.state("nudge-1").state == "sent"
    assert stand_in.delivered == ["nudge-1"]
