"""Nothing in a tick scans raw history: each scan of raw events bears a literal bound on the load time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cost.tick_plans import TickPlans, make_tick_plans

pytest.importorskip("sqlglot", reason="needs the group `engines`: uv sync --locked --inexact --group engines")
from tests.cost.raw_scans import RAW_EVENT_TABLES, unbounded_scans, unpruned_in_plan

pytestmark = pytest.mark.engines

#: A view that only the back-fill of a name reads that is new on a path, once.
READ_ONCE = frozenset({"int_events_unioned"})
#: What the senders read right before a call, through views.
READ_BEFORE_A_CALL = frozenset({"int_nudges_rechecked"})
Models = dict[str, dict[str, Any]]
#: an engine and the models as dbt writes them for it
Compiled = tuple[str, Models]
ENGINES = ("bigquery", "snowflake")


@pytest.fixture(scope="module")
def tick_plans(tmp_path_factory: pytest.TempPathFactory) -> TickPlans:
    """A second tick, which finds some rows more than the first, and how DuckDB went about it."""
    return make_tick_plans(tmp_path_factory.mktemp("ticks"))


@pytest.fixture(scope="module", params=ENGINES)
def compiled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """The engine, and the models as dbt's adapter for it writes them after a complete read."""
    pytest.importorskip(
        f"dbt.adapters.{request.param}",
        reason="needs the group `engines`: uv sync --locked --inexact --group engines",
    )
    folder = tmp_path_factory.mktemp(request.param)
    command = [sys.executable, "-m", "tests.cost.offline_compile", request.param, str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=900, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return request.param, json.loads((folder / "compiled.json").read_text(encoding="utf-8"))


def test_every_model_of_a_tick_bounds_its_scans_of_raw_events_on_every_engine(
    compiled: Compiled,
) -> None:
    engine, models = compiled
    assert unbounded_models(models, engine) == {}


def test_a_model_that_reads_raw_events_without_a_bound_is_found(compiled: Compiled) -> None:
    engine, models = compiled
    planted = _table(
        "select event_id from int_events_unioned where cast(loaded_partition as date) >= date '2026-01-05'"
    )
    found = unbounded_models({**models, "int_planted": planted}, engine)
    assert found == {"int_planted": {"segment.tracks", "amplitude.events", "mixpanel.events"}}


@pytest.mark.parametrize(
    "condition",
    [
        "loaded_partition >= (select max(read_from) from int_slices_loaded)",
        "cast(loaded_partition as date) >= '2026-01-05'",
        "loaded_partition >= occurred_at",
        "loaded_partition >= current_timestamp()",
        "loaded_partition >= '2026-01-05' or event_name = 'x'",
        "occurred_at >= '2026-01-05'",
    ],
)
def test_no_other_condition_counts_as_a_bound(compiled: Compiled, condition: str) -> None:
    engine, models = compiled
    planted = _table(f"select event_id from stg_segment__tracks where {condition}")
    assert unbounded_models({**models, "int_planted": planted}, engine) == {"int_planted": {"segment.tracks"}}


def test_duckdb_prunes_inside_every_scan_of_raw_events(tick_plans: TickPlans) -> None:
    assert {table for _, table in tick_plans.scans} >= {"segment.tracks"}
    assert tick_plans.unpruned() == []


def test_duckdb_reads_few_row_groups_of_many_in_a_tick(tick_plans: TickPlans) -> None:
    scanned, groups = tick_plans.row_groups("int_events_arriving")
    assert groups >= 4
    assert scanned <= 2


def test_what_is_read_right_before_a_call_is_pruned(tick_plans: TickPlans) -> None:
    for view in READ_BEFORE_A_CALL:
        assert unpruned_in_plan(tick_plans.plan_of(f"select * from onboarding_intermediate.{view}")) == set()


def test_a_bound_that_is_no_literal_is_seen_in_the_plan(tick_plans: TickPlans) -> None:
    sql = """
        select count(event_name) from onboarding_intermediate.int_events_unioned
        where loaded_partition + (occurred_at - occurred_at) >= timestamp '2026-01-30'
    """
    assert unpruned_in_plan(tick_plans.plan_of(sql)) == {"segment.tracks"}


def unbounded_models(models: Models, engine: str) -> dict[str, set[str]]:
    """Model -> raw event tables that it scans without a bound; of views only those that are read as such."""
    views = {name: node["sql"] for name, node in models.items() if node["materialized"] == "view"}
    found = {
        name: unbounded_scans(node["sql"], views, engine)
        for name, node in models.items()
        if node["is_in_tick"] and (node["materialized"] != "view" or name in READ_BEFORE_A_CALL)
    }
    assert RAW_EVENT_TABLES and views.keys() >= READ_ONCE
    return {name: tables for name, tables in found.items() if tables}


def _table(sql: str) -> dict[str, Any]:
    return {"materialized": "table", "is_in_tick": True, "sql": sql}
