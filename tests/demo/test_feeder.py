"""Later events arrive exactly once, in order, and not in every window."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.demo import feeder
from dagster_project.demo.customers import HEARTBEAT_SOURCES
from dagster_project.demo.feeder import release
from tests.demo.conftest import NOW

WINDOW = timedelta(minutes=5)
EVENTS = """
    select 'segment' as source_name, id, uuid_ts as loaded_at from segment.tracks
    union all select 'amplitude', insert_id, loaded_at from amplitude.events
    union all select 'mixpanel', insert_id, loaded_at from mixpanel.events
"""


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_what_was_generated_for_later_arrives_exactly_once_and_nothing_before_its_time(
    own_world: Path,
) -> None:
    before = rows(own_world, EVENTS)
    later = rows(own_world, "select source_name, event_id, received_at from planted.future_events")
    assert len(later) > 500
    for hours in (0.1, 1, 7, 30, 49, 24 * 400):
        moment = NOW + timedelta(hours=hours)
        assert release(own_world, moment) > 0
        naive = moment.replace(tzinfo=None)
        due = sorted((source, event_id) for source, event_id, at in later if at <= naive)
        arrived = sorted(
            (str(s), str(e)) for s, e, at in rows(own_world, EVENTS) if at > NOW.replace(tzinfo=None)
        )
        assert arrived == due
    assert rows(own_world, "select count(*) from planted.future_events") == [(0,)]
    assert len(rows(own_world, EVENTS)) == len(before) + len(later)


def test_released_rows_are_loaded_at_the_release_and_stored_after_the_others(own_world: Path) -> None:
    for minutes in (5, 65, 600):
        release(own_world, NOW + timedelta(minutes=minutes))
    for table, loaded_at in (("segment.tracks", "uuid_ts"), ("amplitude.events", "loaded_at")):
        falls = f"select {loaded_at} < lag({loaded_at}) over (order by rowid) as is_falling from {table}"
        assert rows(own_world, f"select count(*) from ({falls}) where is_falling") == [(0,)]
    newest = rows(own_world, "select max(uuid_ts) from segment.tracks")
    assert newest == [((NOW + timedelta(minutes=600)).replace(tzinfo=None),)]


def test_of_three_windows_two_are_released_and_one_is_quiet(own_world: Path) -> None:
    pattern = [release(own_world, NOW + WINDOW * place) > 0 for place in range(1, 10)]
    assert pattern == [True, True, False] * 3


def test_the_first_window_after_a_pause_is_released(own_world: Path) -> None:
    assert [release(own_world, NOW + WINDOW * place) > 0 for place in (1, 2, 9, 10, 11)] == [
        True,
        True,
        True,
        True,
        False,
    ]


def test_a_quiet_window_changes_nothing_at_all(own_world: Path) -> None:
    for place in (1, 2):
        release(own_world, NOW + WINDOW * place)
    before = own_world.read_bytes()
    assert release(own_world, NOW + WINDOW * 3) == 0
    assert own_world.read_bytes() == before


def test_a_window_is_released_once(own_world: Path) -> None:
    assert release(own_world, NOW + WINDOW) > 0
    before = own_world.read_bytes()
    assert release(own_world, NOW + WINDOW + timedelta(seconds=20)) == 0
    assert own_world.read_bytes() == before


def test_time_never_goes_back(own_world: Path) -> None:
    assert release(own_world, NOW - timedelta(hours=1)) == 0
    release(own_world, NOW + timedelta(hours=2))
    assert release(own_world, NOW + timedelta(hours=1)) == 0


def test_heartbeats_and_the_crm_follow_the_release(own_world: Path) -> None:
    moment = NOW + WINDOW
    release(own_world, moment)
    naive = moment.replace(tzinfo=None)
    heartbeats = rows(
        own_world, "select source_name, max(synced_through) from loader.heartbeats group by 1 order by 1"
    )
    assert heartbeats == [(source, naive) for source in sorted(HEARTBEAT_SOURCES)]
    assert rows(own_world, "select max(updated_at) from crm.accounts") == [(naive,)]


def test_within_every_quarter_of_an_hour_a_treated_account_newly_slips(own_world: Path) -> None:
    """Its first milestone has slipped and the first tier's delay has run, as shipped: 4 + 1 h."""
    for start in range(0, 24, 3):
        windows = [NOW + WINDOW * (start + place) for place in (1, 2, 3)]
        for moment in windows:
            release(own_world, moment)
        entered = rows(
            own_world,
            f"""select late.account_id, crm.signed_up_at, count(contact_id) from planted.reserve as late
            join planted.late_entries using (place) join crm.accounts as crm using (account_id)
            join crm.contacts as contacts using (account_id)
            where is_treated and window_number = {feeder.window_of(windows[0])} group by 1, 2""",
        )
        assert len(entered) == 1
        signed_up_at = entered[0][1]
        assert isinstance(signed_up_at, datetime)
        assert (
            timedelta()
            < windows[0].replace(tzinfo=None) - signed_up_at - timedelta(hours=5)
            < timedelta(hours=1)
        )


def test_late_entries_keep_the_share_of_the_arms(own_world: Path) -> None:
    for place in range(1, 60):
        release(own_world, NOW + WINDOW * place)
    counted = rows(
        own_world,
        "select count(*), avg(is_treated::integer) from planted.reserve "
        "join planted.late_entries using (place)",
    )
    assert int(str(counted[0][0])) > 60
    assert counted[0][1] == pytest.approx(0.2, abs=0.06)


def test_new_accounts_come_with_their_people(own_world: Path) -> None:
    release(own_world, NOW + timedelta(hours=48, minutes=30))
    unreserved = "select count(*) from planted.future_accounts where reserve_place is null"
    assert rows(own_world, unreserved) == [(0,)]
    strangers = (
        "select count(*) from crm.contacts where account_id not in (select account_id from crm.accounts)"
    )
    assert rows(own_world, strangers) == [(0,)]
    assert rows(own_world, "select count(*) - count(distinct account_id) from crm.accounts") == [(0,)]


def test_a_warehouse_that_the_demo_did_not_make_is_never_fed(foreign_warehouse: Path) -> None:
    before = foreign_warehouse.read_bytes()
    assert release(foreign_warehouse, NOW) == 0
    assert foreign_warehouse.read_bytes() == before
    assert release(foreign_warehouse.parent / "absent.duckdb", NOW) == 0
    assert not (foreign_warehouse.parent / "absent.duckdb").exists()


def test_a_release_that_breaks_leaves_nothing_of_itself(
    own_world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> int:
        raise RuntimeError("the disk is full")

    before = rows(own_world, EVENTS)
    with monkeypatch.context() as patched:
        patched.setattr(feeder, "_enter_late", break_down)
        with pytest.raises(RuntimeError, match="disk"):
            release(own_world, NOW + timedelta(hours=3))
    assert rows(own_world, EVENTS) == before
    assert release(own_world, NOW + timedelta(hours=3)) > 0
