"""When the schedule launches and when it does not, on a real warehouse after a real tick."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import duckdb
import pytest

from dagster_project.errors import WarehouseBusy
from tests.dagster_project.conftest import World


@pytest.fixture
def ticked(after_a_tick: World) -> World:
    """A world whose last tick is finished, half an hour ago."""
    after_a_tick.pass_time(minutes=30)
    return after_a_tick


def test_nothing_is_launched_without_a_warehouse(world: World) -> None:
    world.settings.duckdb_path.unlink()
    assert not world.verdict().is_launching


def test_the_first_evaluation_launches(world: World) -> None:
    assert world.verdict().is_launching


def test_nothing_new_launches_nothing(ticked: World) -> None:
    verdict = ticked.verdict()
    assert not verdict.is_launching, verdict.why


def test_a_new_event_launches(ticked: World) -> None:
    ticked.execute(
        "insert into segment.tracks values ('n', 'Page Viewed', 'u', null, 'a1', ?, ?, ?)",
        *[ticked.now.replace(tzinfo=None)] * 3,
    )
    assert ticked.verdict().is_launching


def test_a_late_row_under_an_older_load_time_launches(ticked: World) -> None:
    ticked.execute("insert into segment.tracks select * replace ('late' as id) from segment.tracks limit 1")
    assert ticked.verdict().is_launching


def test_a_crm_row_changed_in_place_launches(ticked: World) -> None:
    ticked.execute("update crm.accounts set account_name = 'Renamed' where account_id = 'a3'")
    assert ticked.verdict().is_launching


def test_a_sync_of_the_crm_without_changes_launches_because_freshness_is_a_fact(ticked: World) -> None:
    ticked.execute("update crm.accounts set updated_at = updated_at + interval 20 minute")
    assert ticked.verdict().is_launching


def test_a_heartbeat_launches(ticked: World) -> None:
    moment = ticked.now.replace(tzinfo=None)
    ticked.execute("insert into loader.heartbeats values ('segment', ?, ?)", moment, moment)
    assert ticked.verdict().is_launching


def test_a_changed_seed_launches(ticked: World) -> None:
    seed = ticked.settings.dbt_project_dir / "seeds" / "delivery_limits.csv"
    seed.write_text(seed.read_text(encoding="utf-8").replace(",48,hours", ",47,hours"), encoding="utf-8")
    assert ticked.verdict().is_launching


def test_a_touched_but_equal_seed_launches_nothing(ticked: World) -> None:
    seed = ticked.settings.dbt_project_dir / "seeds" / "delivery_limits.csv"
    seed.write_text(seed.read_text(encoding="utf-8"), encoding="utf-8")
    assert not ticked.verdict().is_launching


def test_a_changed_model_launches(ticked: World) -> None:
    model = next(ticked.settings.dbt_project_dir.rglob("fct_nudge_decisions.sql"))
    model.write_text(model.read_text(encoding="utf-8") + "\n-- changed\n", encoding="utf-8")
    assert ticked.verdict().is_launching


def test_a_halt_and_its_release_each_launch_once(ticked: World) -> None:
    halt_id = ticked.ledger().append_halt(scope="", who="kim", why="test")
    assert ticked.verdict().is_launching
    ticked.tick()
    assert not ticked.verdict().is_launching
    ticked.ledger().release_halt(halt_id, who="kim", why="done")
    assert ticked.verdict().is_launching


def test_a_halt_file_launches_once_so_that_the_tables_say_why_nothing_leaves(ticked: World) -> None:
    ticked.settings.halt_file.write_text("stop", encoding="utf-8")
    assert ticked.verdict().is_launching
    ticked.tick()
    assert not ticked.verdict().is_launching


def test_a_wake_up_time_launches_when_it_has_passed_and_not_before(ticked: World) -> None:
    last = ticked.ledger().last_finished_tick(ticked.settings.namespace)
    assert last is not None and last.next_wake_at is not None
    ticked.now = last.next_wake_at - timedelta(microseconds=1)
    assert not ticked.verdict().is_launching
    ticked.now = last.next_wake_at
    assert ticked.verdict().is_launching


def test_a_run_under_way_launches_nothing_even_when_something_is_new(ticked: World) -> None:
    ticked.execute("delete from crm.accounts where account_id = 'a0'")
    assert not ticked.verdict(runs_under_way=1).is_launching


def test_a_lease_in_use_launches_nothing(ticked: World) -> None:
    ticked.execute("delete from crm.accounts where account_id = 'a0'")
    ticked.ledger().acquire_lease(
        namespace="dev/shadow", tick_id="other", tick_at=ticked.now, time_to_live=timedelta(minutes=5)
    )
    assert not ticked.verdict().is_launching
    with pytest.raises(WarehouseBusy):
        ticked.tick()


def test_the_lease_of_a_killed_process_does_not_hold_the_schedule_up(ticked: World) -> None:
    take_and_die = (
        "import os, sys; from datetime import *; from pathlib import Path; "
        "from nudge_senders.ledger import open_ledger; now = datetime.fromisoformat(sys.argv[2]); "
        "open_ledger(Path(sys.argv[1]), clock=lambda: now).acquire_lease(namespace='dev/shadow', "
        "tick_id='killed', tick_at=now, time_to_live=timedelta(hours=1)); os.kill(os.getpid(), 9)"
    )
    path, now = str(ticked.settings.duckdb_path), ticked.now.isoformat()
    assert subprocess.run([sys.executable, "-c", take_and_die, path, now], check=False).returncode == -9
    ticked.execute("delete from crm.accounts where account_id = 'a0'")
    assert ticked.verdict().is_launching
    ticked.tick()


def test_a_locked_warehouse_launches_nothing_and_raises_nothing(ticked: World) -> None:
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(ticked.settings.duckdb_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        verdict = ticked.verdict()
        assert not verdict.is_launching
        assert "busy" in verdict.why
    finally:
        holder.communicate("")
    assert not ticked.verdict().is_launching


def test_another_namespace_has_ticks_of_its_own(ticked: World) -> None:
    from dataclasses import replace

    ticked.settings = replace(ticked.settings, is_live=True)
    assert ticked.verdict().is_launching


def test_looking_leaves_the_file_to_others(ticked: World) -> None:
    ticked.verdict()
    with duckdb.connect(str(ticked.settings.duckdb_path)) as writer:
        writer.execute("create table crm.proof (i integer)")
