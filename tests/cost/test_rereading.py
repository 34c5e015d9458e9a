"""Deleted and corrected raw events: reading again from their day on gives what a full refresh gives."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dagster_project.dbt_in_process import DbtCall, DbtSession
from dagster_project.settings import Settings
from nudge_senders.clock import system_clock
from nudge_senders.ledger import open_ledger
from tests.benchmarks.generated_events import ENDS_AT, World, connected

pytestmark = pytest.mark.engines

DAY = "2026-01-25"
#: Relations that follow from raw events, and the columns that say when we came to know of a row.
STATE = (
    "onboarding_intermediate.int_events_kept",
    "onboarding_intermediate.int_identities_seen",
    "onboarding_intermediate.int_users_active_daily",
    "onboarding_intermediate.int_unusable_events_counted",
    "onboarding_intermediate.int_days_loaded",
    "onboarding_intermediate.int_milestones_completed",
    "onboarding.fct_account_milestones",
    "onboarding.fct_account_activity_daily",
)
OURS = frozenset({"kept_at", "seen_at", "tick_at", "changed_at"})
#: A milestone that never was, one that was another account's, and all there is of an account since that day.
CHANGES = f"""
delete from segment.tracks where received_at >= timestamp '{DAY}' and event = 'Workspace Created'
    and hash(id) % 2 = 0;
update segment.tracks set context_group_id = 'acct_7', event = 'Report Generated'
where received_at >= timestamp '{DAY}' and event = 'Team Member Invited' and hash(id) % 3 = 0;
delete from segment.tracks where context_group_id = 'acct_new';
delete from segment.tracks where cast(received_at as date) = date '2026-01-27';
"""
LEFT_OUT = ("resource_type:unit_test", "resource_type:test", "tag:report")


@pytest.fixture(scope="module")
def warehouses(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """After the changes: read again from that day on, built anew, and only ticked."""
    folder = tmp_path_factory.mktemp("rereading")
    path = folder / "reread" / "warehouse.duckdb"
    path.parent.mkdir()
    World(30_000, 200).write(path)
    with connected(path) as connection:
        connection.execute(
            "insert into segment.tracks values ('new', 'Workspace Created', 'user_new', 'acct_new', "
            f"timestamp '{DAY} 10:00:00', timestamp '{DAY} 10:00:01')"
        )
    open_ledger(path, clock=system_clock).migrate()
    _build(path)
    with connected(path) as connection:
        connection.execute(CHANGES)
    anew, ticked = (folder / name / "warehouse.duckdb" for name in ("anew", "ticked"))
    for copy in (anew, ticked):
        copy.parent.mkdir()
        shutil.copyfile(path, copy)
    _build(path, variables={"reread_from": f"{DAY} 00:00:00"})
    _build(anew, is_full_refresh=True)
    _build(ticked)
    return path, anew, ticked


@pytest.mark.parametrize("relation", STATE)
def test_reading_again_gives_the_rows_of_a_full_refresh(
    warehouses: tuple[Path, Path, Path], relation: str
) -> None:
    reread, anew, _ = warehouses
    assert _rows(reread, relation) == _rows(anew, relation)
    assert _rows(anew, relation)


def test_an_ordinary_tick_does_not_see_what_was_deleted_days_ago(warehouses: tuple[Path, Path, Path]) -> None:
    _, anew, ticked = warehouses
    relation = "onboarding_intermediate.int_milestones_completed"
    assert _rows(ticked, relation) != _rows(anew, relation)


def test_the_next_tick_reads_no_more_than_any_other(warehouses: tuple[Path, Path, Path]) -> None:
    reread, anew, _ = warehouses
    _build(reread)
    with connected(reread) as connection:
        copied = connection.execute(
            "select min(loaded_partition) from onboarding_intermediate.int_events_copied"
        ).fetchall()[0][0]
    assert copied is not None and (ENDS_AT.replace(tzinfo=None) - copied).days < 2
    assert _rows(reread, STATE[0]) == _rows(anew, STATE[0])


def _build(path: Path, *, is_full_refresh: bool = False, variables: dict[str, str] | None = None) -> None:
    session = DbtSession(Settings.from_environment({"MILESTONE_AGENT_DUCKDB_PATH": str(path)}))
    calls = [
        DbtCall("seed", ("resource_type:seed",)),
        DbtCall(
            "build", ("tag:tick",), exclude=LEFT_OUT, is_full_refresh=is_full_refresh, variables=variables
        ),
    ]
    for call in calls:
        for _ in session.run(call):
            pass


def _rows(path: Path, relation: str) -> list[tuple[object, ...]]:
    with connected(path) as connection:
        names = [row[0] for row in connection.execute(f"describe {relation}").fetchall()]
        kept = ", ".join(name for name in names if name not in OURS)
        return connection.execute(f"select {kept} from {relation} order by all").fetchall()
