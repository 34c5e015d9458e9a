"""Only one tick runs, on one host or several, and what a superseded one still does changes nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from nudge_senders.errors import LeaseHeld, LeaseLost
from nudge_senders.ledger import Lease
from nudge_senders.ledger.holder import is_certainly_dead, new_holder
from nudge_senders.outcome import Retryable, Sent, Verdict
from tests.nudge_senders.world import FakeDestination, World, live


def _end_and_take_over(world: World, lease: Lease) -> Lease:
    world.clock.now = lease.expires_at
    return world.lease()


def test_a_second_tick_is_refused_while_the_first_one_runs(world: World) -> None:
    first = world.lease()
    with pytest.raises(LeaseHeld, match="tick-1"):
        world.lease()
    world.ledger.release_lease(first)
    assert world.lease().fence == first.fence + 1


def test_a_lease_is_held_up_to_its_last_instant_and_free_at_its_end(world: World) -> None:
    first = world.lease(time_to_live=timedelta(minutes=1))
    world.clock.now = first.expires_at - timedelta(microseconds=1)
    with pytest.raises(LeaseHeld):
        world.lease()
    world.clock.now = first.expires_at
    assert world.lease().fence == 2


def test_a_dead_process_of_this_host_is_taken_over_at_once(closed_world: World) -> None:
    world = closed_world
    script = (
        "import sys, os, signal; from pathlib import Path; from datetime import timedelta\n"
        "from nudge_senders.ledger import open_ledger; from nudge_senders.clock import system_clock\n"
        "ledger = open_ledger(Path(sys.argv[1]), clock=system_clock)\n"
        "ledger.acquire_lease(namespace='dev/shadow', tick_id='killed', tick_at=system_clock(), "
        "time_to_live=timedelta(days=3650))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(world.path)], check=False)
    assert killed.returncode == -9
    row = world.ledger.lease()
    assert row is not None
    assert row.tick_id == "killed"
    assert world.lease().fence == 2


def test_a_holder_is_dead_only_when_that_is_certain() -> None:
    own = new_holder()
    host, pid, _ = own.rsplit(":", 2)
    assert not is_certainly_dead(own)
    assert is_certainly_dead(f"{host}:{pid}:token-of-my-predecessor-with-my-pid")
    assert not is_certainly_dead("another-host:999999999:token")
    assert not is_certainly_dead("not a holder")


def test_of_many_that_reach_for_the_lease_one_gets_it(world: World) -> None:
    won: list[Lease] = []
    lost: list[Exception] = []
    start = threading.Barrier(6)

    def reach(number: int) -> None:
        start.wait()
        try:
            won.append(world.lease(f"racer-{number}"))
        except LeaseHeld as error:
            lost.append(error)

    threads = [threading.Thread(target=reach, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 5)


def test_a_superseded_tick_can_neither_claim_nor_attempt(world: World) -> None:
    old = world.lease()
    world.plan(old.tick_id, {"nudge_id": "a"})
    _end_and_take_over(world, old)
    with pytest.raises(LeaseLost):
        world.deliver(old)
    assert world.left() == []
    assert world.kinds("a") == []


def test_a_released_or_expired_lease_claims_nothing(world: World) -> None:
    lease = world.lease()
    world.plan(lease.tick_id, {"nudge_id": "a"})
    world.ledger.release_lease(lease)
    with pytest.raises(LeaseLost):
        world.deliver(lease)
    assert world.left() == []


@pytest.mark.parametrize(
    ("verdict", "state"), [(Verdict(Retryable("refused")), "uncertain"), (Verdict(Sent("receipt")), "sent")]
)
def test_a_late_outcome_is_appended_but_frees_nothing(
    live_world: World, verdict: Verdict, state: str
) -> None:
    """The provider answers when somebody else holds the lease: `sent` counts,
    permission to retry does not."""
    old = live_world.lease()
    live_world.plan(old.tick_id, {"nudge_id": "a"})
    slow = FakeDestination(answers=lambda request: verdict)
    slow.before_call = lambda request: setattr(slow, "successor", _end_and_take_over(live_world, old))
    live_world.deliver(old, destinations=live(slow), settings=replace(live_world.settings))
    assert live_world.state("a").state == state
    assert live_world.state("a").is_possibly_sent
    assert len(live_world.kinds("a")) == 3
    successor: Lease = vars(slow)["successor"]
    live_world.plan(successor.tick_id, {"nudge_id": "a"})
    again = FakeDestination()
    live_world.deliver(successor, destinations=live(again))
    assert again.calls == []


def test_a_renewed_lease_lives_longer_and_a_lost_one_cannot_be_renewed(world: World) -> None:
    lease = world.lease(time_to_live=timedelta(minutes=1))
    world.clock.pass_by(seconds=50)
    renewed = world.ledger.renew_lease(lease, time_to_live=timedelta(minutes=5))
    world.clock.pass_by(minutes=2)
    with pytest.raises(LeaseHeld):
        world.lease()
    _end_and_take_over(world, renewed)
    with pytest.raises(LeaseLost):
        world.ledger.renew_lease(renewed, time_to_live=timedelta(minutes=5))
