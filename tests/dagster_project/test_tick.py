"""What a tick promises, whatever the rules are: nothing twice, never two at once, a failure loses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import duckdb
import pytest

from dagster_project.assets import senders
from dagster_project.errors import Refused, RunFailed
from dagster_project.manifest import load_manifest
from dagster_project.marts_copy import copy_marts
from dagster_project.seeds import remember_path
from dagster_project.tick import run_tick
from dagster_project.tick_state import standing_notes
from dagster_project.warehouse import reading
from tests.dagster_project.conftest import ACCOUNTS, FirstTick, World


@contextmanager
def delivering_fails(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def fail(*arguments: object) -> None:
        raise OSError("no way out")

    with monkeypatch.context() as patched:
        patched.setattr(senders, "deliver_channel_of_tick", fail)
        yield


def test_two_ticks_in_a_row_deliver_nothing_twice(after_a_tick: World, first_tick: FirstTick) -> None:
    world = after_a_tick
    assert first_tick.result.counts.sent == ACCOUNTS == world.deliveries()
    world.pass_time(minutes=5)
    second = world.tick()
    assert second.counts.sent == 0
    assert world.deliveries() == ACCOUNTS
    assert second.decisions == (("done", "already_sent", ACCOUNTS),)


def test_a_tick_that_fails_gives_its_lease_back_and_is_followed_by_one_that_sends_though_nothing_arrived(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with delivering_fails(monkeypatch), pytest.raises(RunFailed, match="no way out"):
        world.tick()
    assert world.deliveries() == 0
    lease = world.ledger().lease()
    assert lease is not None and not lease.is_held(world.now)
    world.pass_time(minutes=5)
    assert world.verdict().is_launching
    assert world.tick().counts.sent == ACCOUNTS
    world.pass_time(minutes=5)
    assert not world.verdict().is_launching


def test_a_guard_that_fails_stops_the_senders(world: World) -> None:
    queue = next(world.settings.dbt_project_dir.rglob("sync_nudge_queue.sql"))
    queue.write_text(
        queue.read_text(encoding="utf-8").replace("decisions.nudge_id as", "null as"), encoding="utf-8"
    )
    with pytest.raises(RunFailed, match="not_null_sync_nudge_queue_nudge_id"):
        world.tick()
    assert world.deliveries() == 0


def test_a_dry_run_plans_and_leaves_ledger_and_outbox_as_they_are(world: World) -> None:
    planned = world.tick(dry_run=True)
    assert planned.queued == ACCOUNTS
    assert world.deliveries() == 0
    assert world.execute("select count(*) from nudges.nudge_events") == [(0,)]
    assert world.execute("select count(*) from nudges.ticks") == [(0,)]
    # A dry run reads the machine's own clock, which is far ahead of this story's.
    assert world.tick(full_refresh=True).counts.sent == ACCOUNTS


def test_a_replay_plans_for_exactly_the_instant_and_never_sends(world: World) -> None:
    instant = world.now - timedelta(hours=3)
    replayed = world.tick(as_of=instant, full_refresh=True)
    assert (replayed.as_of, replayed.tick_at) == (instant, instant)
    assert world.deliveries() == 0
    assert world.execute("select count(*) from nudges.ticks") == [(0,)]


def test_a_replay_is_refused_when_later_state_is_stored(after_a_tick: World) -> None:
    world = after_a_tick
    with pytest.raises(Refused, match="--full-refresh"):
        world.tick(as_of=world.now - timedelta(hours=1))
    world.tick(as_of=world.now - timedelta(hours=1), full_refresh=True)


def test_a_tick_is_refused_on_state_of_the_future(world: World) -> None:
    world.tick(as_of=world.now + timedelta(days=2), full_refresh=True)
    with pytest.raises(Refused, match="later than"):
        world.tick()
    assert world.tick(full_refresh=True).counts.sent == ACCOUNTS


def test_a_replay_is_refused_in_production(world: World) -> None:
    world.settings = replace(world.settings, env="prod")
    with pytest.raises(Refused, match="--as-of"):
        world.tick(as_of=world.now)


def test_facts_that_run_backwards_stop_the_tick_before_it_sends(world: World) -> None:
    world.execute("delete from crm.accounts")
    world.execute(
        "insert into crm.accounts values ('a9', 'Nine', ?, ?)", *[world.now.replace(tzinfo=None)] * 2
    )
    world.tick()
    world.pass_time(hours=5)
    world.execute("update segment.tracks set received_at = received_at - interval 1 hour")
    with pytest.raises(RunFailed, match="as_of runs backwards"):
        world.tick()
    assert world.deliveries() == 0


def test_the_finished_tick_is_remembered_with_its_counts(after_a_tick: World, first_tick: FirstTick) -> None:
    result = first_tick.result
    last = after_a_tick.ledger().last_finished_tick("dev/shadow")
    assert last is not None
    assert (last.tick_id, last.due, last.sent) == (result.tick_id, ACCOUNTS, ACCOUNTS)
    assert last.input_fingerprint
    assert last.next_wake_at is not None and last.next_wake_at > result.tick_at


def test_readers_get_a_copy_of_marts_and_ledger(after_a_tick: World) -> None:
    world = after_a_tick
    with duckdb.connect(str(world.settings.marts_copy), read_only=True) as copy:
        assert copy.execute("select count(*) from onboarding.fct_nudges").fetchone() == (ACCOUNTS,)
        assert copy.execute("select count(*) from nudges.nudge_states").fetchone() == (ACCOUNTS,)
    assert [path.name for path in world.settings.home.glob("*.tmp*")] == []


def test_of_a_large_warehouse_only_small_relations_are_copied_by_every_tick(
    after_a_tick: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = after_a_tick
    monkeypatch.setattr("dagster_project.marts_copy._ROWS_OF_A_LARGE_WAREHOUSE", -1)
    monkeypatch.setattr("dagster_project.marts_copy._ROWS_OF_A_LARGE_RELATION", 0)
    monkeypatch.setattr("dagster_project.marts_copy._COPIED_DAILY", frozenset({"fct_onboarding_progress"}))
    world.execute("create table onboarding_intermediate.int_users_active_daily as select 1 as active_on")

    def copied_at() -> dict[str, datetime]:
        with duckdb.connect(str(world.settings.marts_copy), read_only=True) as copy:
            return dict(copy.execute("select relation_name, copied_at from main.copied_relations").fetchall())

    def copied_after(**duration: float) -> dict[str, datetime]:
        world.pass_time(**duration)
        copy_marts(world.settings, world.now)
        return copied_at()

    first = copied_at()
    assert len(set(first.values())) == 1
    soon = copied_after(minutes=14)
    assert soon["nudge_events"] == first["nudge_events"]
    assert soon["nudge_halts"] > first["nudge_halts"]
    later = copied_after(minutes=1)
    assert later["nudge_events"] > first["nudge_events"]
    assert later["fct_onboarding_progress"] == first["fct_onboarding_progress"]
    world.pass_time(days=1)
    world.tick()
    assert len(set(copied_at().values())) == 1
    assert copied_at()["nudge_events"] > later["nudge_halts"]


def test_what_follows_the_senders_sees_what_they_did(after_a_tick: World) -> None:
    assert after_a_tick.execute("select distinct state from onboarding.fct_nudges") == [("sent",)]


def test_a_warehouse_may_have_any_other_name(world: World) -> None:
    path = world.settings.home / "acme prod.v2.duckdb"
    world.settings.duckdb_path.rename(path)
    world.settings = replace(world.settings, duckdb_path=path)
    assert world.tick().counts.sent == ACCOUNTS


def test_seeds_are_loaded_again_only_when_their_file_changed_or_their_table_is_gone(
    after_a_tick: World, first_tick: FirstTick
) -> None:
    world = after_a_tick
    assert len(_seeds_of(first_tick.finished)) == 8
    seed = world.settings.dbt_project_dir / "seeds" / "vanity_events.csv"
    seed.write_text(seed.read_text(encoding="utf-8") + "Logged Out\n", encoding="utf-8")
    world.execute("drop table onboarding_seeds.holidays")
    finished: list[str] = []
    run_tick(world.settings, clock=world.clock, on_node=lambda event: finished.append(event.unique_id))
    assert _seeds_of(finished) == {"vanity_events", "holidays"}


def _seeds_of(finished: Iterable[str]) -> set[str]:
    return {unique_id.split(".")[-1] for unique_id in finished if unique_id.startswith("seed.")}


def test_every_critical_path_that_was_ever_loaded_is_kept_beside_the_ledger(after_a_tick: World) -> None:
    world = after_a_tick
    seed = world.settings.dbt_project_dir / "seeds" / "critical_path.csv"
    shipped = seed.read_text(encoding="utf-8")
    loaded = "select count(distinct version), count(*) from nudges.path_history"
    assert world.execute(loaded) == [(1, len(shipped.splitlines()) - 1)]
    remember_path(world.settings, load_manifest(world.settings))
    assert world.execute(loaded) == [(1, len(shipped.splitlines()) - 1)]
    kept = [row for row in shipped.splitlines() if "team_member_invited" not in row]
    seed.write_text("\n".join(kept) + "\n", encoding="utf-8")
    # As in a warehouse that is older than the history: what is about to be replaced is kept as well.
    world.execute("drop table nudges.path_history")
    world.tick()
    assert world.execute(loaded) == [(2, len(shipped.splitlines()) + len(kept) - 2)]
    assert world.execute(
        "select distinct event_name from nudges.path_history where milestone_key = 'team_member_invited'"
    ) == [("Team Member Invited|team_member_invited",)]


def test_each_delivery_is_one_line_that_names_its_tick(after_a_tick: World, first_tick: FirstTick) -> None:
    lines = (
        (after_a_tick.settings.outbox / "dev/shadow/deliveries.jsonl")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    assert {json.loads(line)["tick_id"] for line in lines} == {first_tick.result.tick_id}


def test_every_tick_says_so_while_nobody_would_tell_of_complaints(world: World) -> None:
    world.execute(
        "create schema onboarding_intermediate; "
        "create table onboarding_intermediate.int_feedback_checked as select false as has_feedback; "
        "create table onboarding_intermediate.int_limits as select 50 as emails_per_day_without_feedback"
    )
    [note] = world.tick().notes
    assert "at most 50 emails leave within 24 hours" in note
    world.execute("update onboarding_intermediate.int_feedback_checked set has_feedback = true")
    with reading(world.settings) as connection:
        assert standing_notes(connection, world.settings) == ()
