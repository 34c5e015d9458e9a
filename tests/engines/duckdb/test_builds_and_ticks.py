"""The whole dbt project on DuckDB, twice, and two ticks: one story of each, in the order of the tests."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.engines.commands import counts_of, dbt, milestone_agent
from tests.engines.seeds import assert_all_arrived

pytestmark = pytest.mark.engines

PREFIX = "engines_"
KEPT = (
    "onboarding_intermediate.int_events_kept",
    "onboarding_intermediate.int_milestones_completed",
    "onboarding.fct_experiment_assignments",
    "onboarding_snapshots.snp_crm_accounts",
)


class Service:
    """A file with a demo's raw tables, and what was made in it."""

    def __init__(self, home: Path, demo: Path) -> None:
        self.home = home
        self.file = Path(shutil.copy(demo, home / "warehouse.duckdb"))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MILESTONE_AGENT_")}
        self.environ: Mapping[str, str] = kept | {
            "MILESTONE_AGENT_TARGET": "duckdb",
            "MILESTONE_AGENT_DUCKDB_PATH": str(self.file),
            "MILESTONE_AGENT_SCHEMA_PREFIX": PREFIX,
        }

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.file)) as connection:
            return connection.execute(sql).fetchall()

    def count(self, relation: str, where: str = "true") -> int:
        return int(self.rows(f"select count(*) from {PREFIX}{relation} where {where}")[0][0])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, demo: Path) -> Service:
    return Service(tmp_path_factory.mktemp("built"), demo)


@pytest.fixture(scope="module")
def ticked(tmp_path_factory: pytest.TempPathFactory, demo: Path) -> Service:
    return Service(tmp_path_factory.mktemp("ticked"), demo)


def test_everything_builds_twice_and_the_second_time_changes_nothing(built: Service) -> None:
    milestone_agent(built.environ, "init")
    first = counts_of(dbt(built.environ, built.home, "build", "--exclude-resource-type", "unit_test"))
    sizes = {name: built.count(name) for name in KEPT}
    second = counts_of(dbt(built.environ, built.home, "build", "--exclude-resource-type", "unit_test"))

    assert first["pass"] > 650
    assert first == second == {**first, "warn": 0, "error": 0, "skip": 0}
    assert min(sizes.values()) > 0
    assert {name: built.count(name) for name in KEPT} == sizes


def test_seeds_arrive_as_they_are_written(built: Service) -> None:
    def texts(seed: str, columns: Sequence[str]) -> list[dict[str, Any]]:
        cast = ", ".join(f"cast({name} as varchar)" for name in columns)
        rows = built.rows(f"select {cast} from {PREFIX}onboarding_seeds.{seed}")
        return [dict(zip(columns, row, strict=True)) for row in rows]

    assert_all_arrived(texts)


def test_a_snapshot_keeps_the_version_that_was_there_before(built: Service) -> None:
    [(account,)] = built.rows("select min(account_id) from crm.accounts")
    built.rows(f"update crm.accounts set plan = 'another' where account_id = '{account}'")
    dbt(built.environ, built.home, "snapshot", "--select", "snp_crm_accounts")

    versions = built.rows(
        f"select plan, dbt_valid_from, dbt_valid_to from {PREFIX}onboarding_snapshots.snp_crm_accounts "
        f"where account_id = '{account}' order by dbt_valid_from"
    )
    assert len(versions) == 2
    assert versions[1][0] == "another"
    assert versions[0][2] == versions[1][1]


def test_the_catalogue_of_the_docs_knows_tables_and_views(built: Service) -> None:
    dbt(built.environ, built.home, "docs", "generate")
    catalogue = json.loads((built.home / "dbt" / "catalog.json").read_text(encoding="utf-8"))

    assert catalogue["errors"] is None
    kinds = {
        name: catalogue["nodes"][f"model.milestone_agent.{name}"]["metadata"]["type"]
        for name in ("fct_account_milestones", "stg_crm__accounts")
    }
    assert kinds == {"fct_account_milestones": "BASE TABLE", "stg_crm__accounts": "VIEW"}


def test_a_tick_plans_claims_and_writes_every_message_to_the_outbox(ticked: Service) -> None:
    printed = milestone_agent(ticked.environ, "tick")

    queued = ticked.count("onboarding.sync_nudge_queue", "action = 'deliver'")
    assert queued == ticked.count("nudges.nudge_events", "kind = 'sent'") > 0
    assert f"queued {queued}, claimed {queued}, sent {queued}" in printed
    assert any(path.is_file() for path in (ticked.home / "outbox").rglob("*"))


def test_the_next_tick_sends_nothing_twice(ticked: Service) -> None:
    asked = f"select nudge_id from {PREFIX}nudges.nudge_events where kind = 'sent'"
    before = ticked.rows(asked)
    milestone_agent(ticked.environ, "tick")
    after = ticked.rows(asked)

    assert len(set(after)) == len(after)
    assert set(before) <= set(after)
    assert ticked.count("nudges.ticks") == 2
    assert ticked.count("nudges.nudge_lease", "released_at is null") == 0
