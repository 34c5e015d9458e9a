"""When in doubt about the ledger or about a stop, nothing leaves, and somebody is told."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from nudge_senders.errors import LedgerLocked, LedgerNotMigrated, LedgerNotTrusted, LedgerUnreadable
from nudge_senders.ledger import TickRecord, duckdb_warehouse, open_ledger
from nudge_senders.ledger.duckdb_held_file import HeldFile
from nudge_senders.ledger.duckdb_warehouse import DuckDBWarehouse
from tests.nudge_senders.world import FakeClock, FakeDestination, World, live


def test_a_live_namespace_that_nobody_opened_sends_nothing(tmp_path: Path) -> None:
    world = World(tmp_path / "home", namespace="prod/live")
    destination = FakeDestination()
    with pytest.raises(LedgerNotTrusted, match="ledger open"):
        world.deliver(world.lease(), destinations=live(destination))
    assert destination.calls == []
    assert not world.ledger.is_open("prod/live")
    world.ledger.open_namespace("prod/live", who="a person")
    opened_at = world.ledger.opened_at("prod/live")
    world.clock.pass_by(days=1)
    world.ledger.open_namespace("prod/live", who="a person")
    assert world.ledger.opened_at("prod/live") == opened_at
    world.close()


@pytest.mark.parametrize(
    "damage",
    [
        "update nudges.ledger_meta set ledger_id = 'another'",
        "delete from nudges.nudge_events where kind = 'sent'",
        "update nudges.nudge_events set kind = 'posted' where kind = 'sent'",
        "update nudges.nudge_events set action = 'shout' where kind = 'sent'",
        "update nudges.nudge_events set ledger_id = 'another' where kind = 'sent'",
        "update nudges.nudge_events set kind = null where kind = 'sent'",
    ],
)
def test_a_ledger_that_is_not_the_one_last_seen_sends_nothing(live_world: World, damage: str) -> None:
    live_world.tick({"nudge_id": "a"}, destinations=live(FakeDestination()))
    live_world.query(damage)
    destination = FakeDestination()
    lease = live_world.lease()
    live_world.plan(lease.tick_id, {"nudge_id": "b"})
    for attempt in (live_world.settle, live_world.deliver):
        with pytest.raises(LedgerNotTrusted):
            attempt(lease, destinations=live(destination))
    live_world.ledger.release_lease(lease)
    # Looking at it once does not make it the trusted one.
    assert live_world.ledger.trust_problems("prod/live")
    assert destination.calls == []


def test_a_lost_memory_of_another_ledger_is_healed_only_by_a_person(live_world: World) -> None:
    live_world.tick({"nudge_id": "a"}, destinations=live(FakeDestination()))
    live_world.query("delete from nudges.nudge_events where kind = 'sent'")
    assert live_world.ledger.trust_problems("prod/live")
    live_world.ledger.open_namespace("prod/live", who="a person")
    assert live_world.ledger.trust_problems("prod/live") == []


def test_a_rehearsal_may_start_over_but_unknown_entries_stop_it_too(world: World) -> None:
    world.tick({"nudge_id": "a"})
    world.query("delete from nudges.nudge_events")
    assert world.tick({"nudge_id": "a"}).sent == 1
    world.query("update nudges.nudge_events set kind = 'posted' where kind = 'claimed'")
    with pytest.raises(LedgerNotTrusted, match="posted"):
        world.deliver(world.lease())


@pytest.mark.parametrize(
    ("scope", "is_stopped"),
    [
        ("all", True),
        ("", True),
        ("channel:email", True),
        ("channel:human", False),
        ("destination:hubspot", True),
        ("destination:slack", False),
        ("template:email_how_to", True),
        ("template:other", False),
        ("account:account-a", True),
        ("anomaly:2026-03-02", True),
        ("a word nobody knows", True),
    ],
)
def test_a_halt_stops_its_scope_and_an_unknown_scope_stops_everything(
    world: World, scope: str, is_stopped: bool
) -> None:
    halt_id = world.ledger.append_halt(scope=scope, who="a person", why="incident")
    counts = world.tick({"nudge_id": "a"})
    assert (counts.skipped, counts.sent) == ((1, 0) if is_stopped else (0, 1))
    world.ledger.release_halt(halt_id, who="a person", why="over")
    assert world.ledger.halts() == []
    world.tick({"nudge_id": "a"})
    assert world.left() == ["a"]


def test_a_halt_ends_by_itself_at_its_time(world: World) -> None:
    world.ledger.append_halt(
        scope="all", who="a person", why="night", until_at=world.clock() + timedelta(hours=1)
    )
    assert world.tick({"nudge_id": "a"}).skipped == 1
    world.clock.pass_by(hours=1)
    assert world.tick({"nudge_id": "a"}).sent == 1


def test_the_halt_file_and_the_flag_work_without_the_warehouse_and_stop_a_batch_in_its_middle(
    live_world: World,
) -> None:
    lease = live_world.lease()
    rows = [{"nudge_id": "a"}, {"nudge_id": "b"}]
    live_world.plan(lease.tick_id, *rows)
    halted = replace(live_world.settings, is_halted=True)
    assert live_world.deliver(lease, destinations=live(FakeDestination()), settings=halted).skipped == 2
    destination = FakeDestination(before_call=lambda request: live_world.settings.halt_file.touch())
    live_world.deliver(lease, destinations=live(destination))
    assert len(destination.calls) == 1
    assert (live_world.state("a").state, live_world.state("b").reason_code) == ("sent", "halted")
    assert live_world.deliver(lease, destinations=live(destination)).skipped == 2


def test_halts_that_cannot_be_read_stop_everything(world: World) -> None:
    lease = world.lease()
    world.plan(lease.tick_id, {"nudge_id": "a"})
    world.query("alter table nudges.nudge_halts rename to gone")
    assert world.deliver(lease).skipped == 1
    assert world.left() == []


def test_migrating_twice_changes_nothing_and_a_missing_ledger_says_so(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "new" / "warehouse.duckdb", clock=FakeClock())
    assert not ledger.is_migrated()
    assert not (tmp_path / "new").exists()
    with pytest.raises(LedgerNotMigrated, match="milestone-agent init"):
        ledger.states("dev/shadow")
    ledger.migrate()
    first = ledger.ledger_id()
    ledger.migrate()
    assert (ledger.ledger_id(), ledger.is_migrated()) == (first, True)


def test_a_lock_is_waited_for_with_patience_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[Path] = []
    slept: list[float] = []
    now = [0.0]

    def locked(path: Path) -> HeldFile:
        attempts.append(path)
        raise duckdb.IOException('Could not set lock on file "x": Conflicting lock is held in PID 1')

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(duckdb_warehouse, "hold", locked)
    warehouse = DuckDBWarehouse(tmp_path / "x.duckdb", sleep=sleep, monotonic=lambda: now[0])
    with pytest.raises(LedgerLocked, match="locked"), warehouse.transaction():
        pass
    assert 50 <= sum(slept) <= 60
    assert len(attempts) > 20


def test_a_damaged_file_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(os.urandom(20_000))
    with pytest.raises(LedgerUnreadable, match=r"warehouse\.duckdb"):
        open_ledger(path, clock=FakeClock()).states("dev/shadow")


def test_a_tick_is_recorded_once_and_the_last_one_is_found(world: World) -> None:
    lease = world.lease()
    counts = world.deliver(lease)
    record = TickRecord.of(
        lease,
        as_of=world.clock(),
        finished_at=world.clock(),
        policy_hash="policy",
        due=0,
        counts=counts,
        next_wake_at=None,
        input_fingerprint="print",
    )
    world.ledger.finish_tick(record)
    world.ledger.finish_tick(record)
    assert world.ledger.last_finished_tick("dev/shadow") == record
    assert world.ledger.last_finished_tick("prod/live") is None
    assert world.query("select count(*) from nudges.ticks") == [(1,)]
