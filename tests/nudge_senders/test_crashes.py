"""The process is killed for real at every named point; the next ticks deliver nothing twice
and lose nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from nudge_senders.clock import system_clock
from nudge_senders.errors import SenderMisconfigured
from nudge_senders.fault import FAULT_POINTS, faults_from_environment, no_fault
from tests.nudge_senders.world import World

_TICK = """
import os, sys
from datetime import timedelta
from pathlib import Path
from nudge_senders.clock import system_clock
from nudge_senders.delivery import deliver_channel, settle
from nudge_senders.fault import faults_from_environment
from nudge_senders.ledger import open_ledger
from nudge_senders.queue import open_queue, open_recheck
from nudge_senders.registry import build_registry
from nudge_senders.settings import SenderSettings

path, tick_id = Path(sys.argv[1]), sys.argv[2]
fault = faults_from_environment(os.environ)
settings = SenderSettings(namespace="dev/shadow", home=path.parent)
ledger = open_ledger(path, clock=system_clock, fault=fault)
lease = ledger.acquire_lease(
    namespace="dev/shadow", tick_id=tick_id, tick_at=system_clock(), time_to_live=timedelta(minutes=10)
)
parts = dict(lease=lease, ledger=ledger, destinations=build_registry(settings), settings=settings,
             clock=system_clock, fault=fault)
settle(**parts)
counts = deliver_channel("email", queue=open_queue(path), recheck=open_recheck(path), **parts)
ledger.release_lease(lease)
"""


def _tick_in_a_process(world: World, tick_id: str, **environ: str) -> int:
    finished = subprocess.run(
        [sys.executable, "-c", _TICK, str(world.path), tick_id],
        env={**os.environ, **environ},
        cwd=Path(__file__).parents[2],
        check=False,
        capture_output=True,
        text=True,
    )
    assert finished.returncode in (0, -9), finished.stderr
    return finished.returncode


# The second passing of a point that a tick passes per call is the one in the middle of a batch.
@pytest.mark.parametrize("fault", [*FAULT_POINTS, "after_effect:2"])
def test_killed_at_any_point_nothing_leaves_twice_and_doubt_is_visible(
    closed_world: World, fault: str
) -> None:
    world, nudges = closed_world, ["a", "b", "c"]
    world.plan("killed", *({"nudge_id": nudge_id} for nudge_id in nudges))
    assert _tick_in_a_process(world, "killed", MILESTONE_AGENT_FAULT=fault) == -9
    world.keep_open()
    left_before = Counter(world.left())
    states = {nudge_id: state.state for nudge_id, state in world.states().items()}
    # Whatever left is sent or in doubt, and nothing else can look as if it did not leave.
    for nudge_id in left_before:
        assert states[nudge_id] in ("sent", "uncertain"), (fault, states)
    if fault in ("after_attempting", "after_effect", "before_outcome", "after_effect:2"):
        assert set(states.values()) == {"uncertain"}

    # From here on the world's clock plays on: a tick at once, and one after the attempts' deadline.
    world.clock.now = system_clock()
    for minutes in (0, 5, 5):
        world.clock.pass_by(minutes=minutes)
        lease = world.lease()
        world.settle(lease)
        states = {nudge_id: state.state for nudge_id, state in world.states().items()}
        sendable = [nudge for nudge in nudges if states.get(nudge, "new") in ("new", "retryable", "claimed")]
        world.plan(lease.tick_id, *({"nudge_id": nudge_id} for nudge_id in sendable))
        world.deliver(lease)
        world.ledger.release_lease(lease)
        assert max(Counter(world.left()).values(), default=0) <= 1, fault
    assert Counter(world.left()) == Counter(nudges)
    assert {state.state for state in world.states().values()} == {"sent"}


def test_a_fault_never_fires_in_production() -> None:
    environ = {"MILESTONE_AGENT_FAULT": "after_effect", "MILESTONE_AGENT_ENV": "prod"}
    assert faults_from_environment(environ) is no_fault


def test_an_unknown_fault_point_is_refused() -> None:
    with pytest.raises(SenderMisconfigured, match="after_lunch"):
        faults_from_environment({"MILESTONE_AGENT_FAULT": "after_lunch"})
