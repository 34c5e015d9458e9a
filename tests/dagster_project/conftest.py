"""A small world for wiring tests: a stand-in dbt project, a warehouse with five slipped accounts, a clock
one can set.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.inputs import SourceTable, source_tables
from dagster_project.manifest import load_manifest
from dagster_project.settings import Settings
from dagster_project.should_tick import Verdict, should_tick
from dagster_project.tick import TickOptions, TickResult, run_tick
from nudge_senders.ledger import Ledger, open_ledger

REPOSITORY = Path(__file__).resolve().parents[2]
SMALL_PROJECT = Path(__file__).resolve().parent / "small_project"
START = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
ACCOUNTS = 5
CACHES = ("dbt", "dagster")


@dataclass
class World:
    """One warehouse and its surroundings."""

    settings: Settings
    now: datetime = START

    def clock(self) -> datetime:
        return self.now

    def pass_time(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def execute(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.settings.duckdb_path)) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql, list(values)).fetchall()

    def tick(self, **options: Any) -> TickResult:
        return run_tick(self.settings, TickOptions(**options), clock=self.clock)

    def ledger(self) -> Ledger:
        return open_ledger(self.settings.duckdb_path, clock=self.clock)

    def sources(self) -> tuple[SourceTable, ...]:
        return source_tables(load_manifest(self.settings))

    def verdict(self, runs_under_way: int = 0) -> Verdict:
        return should_tick(self.settings, self.sources(), runs_under_way=runs_under_way, clock=self.clock)

    def deliveries(self) -> int:
        lines = self.settings.outbox / self.settings.namespace / "deliveries.jsonl"
        return len(lines.read_text(encoding="utf-8").splitlines()) if lines.is_file() else 0


def make_raw_tables(path: Path, now: datetime) -> None:
    """Five accounts that signed up five hours ago and did nothing that counts."""
    naive = now.replace(tzinfo=None)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """create schema segment; create schema crm; create schema loader; create table segment.tracks
            ( id varchar, event varchar, user_id varchar, anonymous_id varchar, context_group_id varchar,
            timestamp timestamp, received_at timestamp, uuid_ts timestamp ); create table crm.accounts (
            account_id varchar, account_name varchar, signed_up_at timestamp, updated_at timestamp );
            create table loader.heartbeats (source_name varchar, synced_through timestamp, loaded_at
            timestamp);
            """
        )
        connection.execute(
            "insert into crm.accounts select 'a' || i, 'Account ' || i, ?::timestamp - interval 5 hour, ? "
            "from range(?) as t(i)",
            [naive, naive - timedelta(minutes=10), ACCOUNTS],
        )
        connection.execute(
            "insert into segment.tracks select 'e' || i, 'Page Viewed', 'u', null, 'a1', "
            "?::timestamp - i * interval 1 minute, ?, ? from range(50) as t(i)",
            [naive - timedelta(minutes=2), naive - timedelta(minutes=1), naive - timedelta(minutes=1)],
        )


@dataclass(frozen=True)
class Place:
    """A folder that all tests of a process use in turn, so that dbt parses and Dagster prepares its home
    once.
    """

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def project(self) -> Path:
        return self.folder / "project"

    def make_new(self) -> None:
        """Project and raw tables as at the start; everything that a tick left is gone but its caches."""
        self.home.mkdir(exist_ok=True)
        for left in self.home.iterdir():
            if left.name in CACHES:
                continue
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        shutil.rmtree(self.project, ignore_errors=True)
        shutil.copytree(SMALL_PROJECT, self.project)
        only_rows = shutil.ignore_patterns("*.yml")
        shutil.copytree(REPOSITORY / "dbt_project" / "seeds", self.project / "seeds", ignore=only_rows)
        make_raw_tables(self.home / "warehouse.duckdb", START)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("world"))


@pytest.fixture
def world(place: Place, monkeypatch: pytest.MonkeyPatch) -> World:
    for name in ("TARGET", "ENV", "LIVE", "HALT", "SCHEMA_PREFIX", "FAULT", "DBT_PROJECT", "DUCKDB_PATH"):
        monkeypatch.delenv(f"MILESTONE_AGENT_{name}", raising=False)
    place.make_new()
    return World(_settings(place))


@dataclass(frozen=True)
class FirstTick:
    """A tick at START: what it returned, the dbt nodes it finished, and a folder with all that it left."""

    result: TickResult
    finished: frozenset[str]
    left: Path


@pytest.fixture(scope="session")
def first_tick(place: Place, tmp_path_factory: pytest.TempPathFactory) -> FirstTick:
    """Run once for all tests that begin where it ended."""
    place.make_new()
    finished: set[str] = set()
    result = run_tick(
        _settings(place), clock=lambda: START, on_node=lambda event: finished.add(event.unique_id)
    )
    left = tmp_path_factory.mktemp("left") / "home"
    shutil.copytree(place.home, left, ignore=shutil.ignore_patterns(*CACHES))
    return FirstTick(result, frozenset(finished), left)


@pytest.fixture
def after_a_tick(first_tick: FirstTick, world: World) -> World:
    """A world at the instant of its first tick, which is finished."""
    shutil.copytree(first_tick.left, world.settings.home, dirs_exist_ok=True)
    return world


def _settings(place: Place) -> Settings:
    path = str(place.home / "warehouse.duckdb")
    return Settings.from_environment({"MILESTONE_AGENT_DUCKDB_PATH": path}, project_dir=place.project)
