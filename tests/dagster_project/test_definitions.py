"""Loading the definitions contacts nothing and needs nothing prepared; what they promise about runs is in
their tags.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance, DefaultSensorStatus, build_resources

from dagster_project.build import Overrides, build_definitions
from dagster_project.jobs import NIGHTLY_JOB, TICK_JOB
from dagster_project.session import TickSession
from dagster_project.tick import kept_instance
from nudge_senders.destinations.outbox import OutboxDestination
from nudge_senders.registry import Registry
from tests.dagster_project.conftest import ACCOUNTS, REPOSITORY, SMALL_PROJECT, World

_LOAD_WITHOUT_NETWORK = """
import socket
def refuse(*arguments, **options):
    raise AssertionError("a connection was tried")
socket.socket.connect = refuse
socket.create_connection = refuse
socket.getaddrinfo = refuse
import dagster_project.definitions
"""


@pytest.mark.parametrize(
    "environment",
    [
        # A project that is read in a second; all else is as without any environment.
        {"MILESTONE_AGENT_DBT_PROJECT": str(SMALL_PROJECT)},
        pytest.param({}, marks=pytest.mark.full),
    ],
    ids=["the small project", "nothing set"],
)
def test_importing_the_definitions_contacts_nothing_and_needs_nothing_prepared(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOAD_WITHOUT_NETWORK],
        env={"PYTHONPATH": str(REPOSITORY), "PATH": os.environ["PATH"], **environment},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.rglob("*.duckdb*")] == []


def test_the_help_imports_neither_dagster_nor_dbt() -> None:
    look = (
        "import sys; from click.testing import CliRunner; from dagster_project.cli import main; "
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0; "
        "sys.exit(','.join({'dagster', 'dbt', 'duckdb', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_the_project_is_parsed_once_for_all_processes(world: World) -> None:
    build_definitions(Overrides(settings=world.settings))
    manifest = world.settings.dbt_target_dir / "manifest.json"
    before = manifest.stat().st_mtime_ns
    build_definitions(Overrides(settings=world.settings))
    assert manifest.stat().st_mtime_ns == before
    model = next(world.settings.dbt_project_dir.rglob("rpt_states.sql"))
    model.write_text(model.read_text(encoding="utf-8") + "-- changed\n", encoding="utf-8")
    build_definitions(Overrides(settings=world.settings))
    assert manifest.stat().st_mtime_ns > before


def test_a_tick_is_never_retried_and_never_runs_for_ever(world: World) -> None:
    job = build_definitions(Overrides(settings=world.settings)).resolve_job_def(TICK_JOB)
    assert job.tags["dagster/max_retries"] == "0"
    assert int(job.tags["dagster/max_runtime"]) < 45 * 60
    assert job.executor_def.name == "in_process"


def test_a_clock_in_place_of_the_wall_clock_is_that_of_the_ticks(world: World) -> None:
    definitions = build_definitions(Overrides(settings=world.settings, clock=world.clock))
    with build_resources({"tick": (definitions.resources or {})["tick"]}) as resources:
        assert resources.tick.clock() == world.now


def test_a_run_delivers_through_the_destinations_that_its_session_is_given_and_no_other(
    world: World, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    session = TickSession(
        world.settings,
        clock=world.clock,
        make_destinations=lambda settings: Registry({"outbox": OutboxDestination(elsewhere)}, False),
    )
    definitions = build_definitions(Overrides(settings=world.settings, make_session=lambda: session))
    with DagsterInstance.ephemeral() as instance:
        assert definitions.resolve_job_def(TICK_JOB).execute_in_process(instance=instance).success
    assert len(list(elsewhere.rglob("*.txt"))) == ACCOUNTS
    assert world.deliveries() == 0


def test_what_watches_runs_by_itself_where_the_schedules_do(world: World) -> None:
    definitions = build_definitions(Overrides(settings=world.settings))
    sensors = {sensor.name: sensor.default_status for sensor in definitions.sensors or ()}
    running = DefaultSensorStatus.RUNNING
    assert sensors == {"tell_of_failed_runs": running, "watch_ticks": running}
    checks = {key.name for key in definitions.resolve_asset_graph().asset_check_keys}
    assert {"a_tick_finished_lately", "what_is_due_is_attempted"} <= checks
    # They are looked at from outside: inside a tick they would find that one runs.
    tick = definitions.resolve_job_def(TICK_JOB).asset_layer.asset_graph
    assert not {"a_tick_finished_lately"} & {key.name for key in tick.asset_check_keys}


def test_lineage_runs_from_the_sources_over_the_senders_to_what_they_did(world: World) -> None:
    definitions = build_definitions(Overrides(settings=world.settings))
    graph = definitions.resolve_asset_graph()
    ledger = AssetKey(["nudges", "nudge_events"])
    assert AssetKey(["onboarding", "sync_nudge_queue"]) in graph.get(ledger).parent_keys
    assert ledger in graph.get(AssetKey(["onboarding", "fct_nudges"])).parent_keys
    assert AssetKey(["segment", "tracks"]) in graph.get_ancestor_asset_keys(ledger)
    assert graph.get(AssetKey(["segment", "tracks"])).group_name == "sources"
    assert AssetKey(["nudges", "nudge_lease"]) in graph.get_ancestor_asset_keys(ledger)


def test_every_asset_has_a_group_and_an_owner(world: World) -> None:
    definitions = build_definitions(Overrides(settings=world.settings))
    specs = definitions.resolve_all_asset_specs()
    assert specs
    for spec in specs:
        assert spec.group_name != "default"
        assert spec.owners


def test_the_night_builds_reports_and_runs_every_test(world: World) -> None:
    job = build_definitions(Overrides(settings=world.settings)).resolve_job_def(NIGHTLY_JOB)
    checks = {key.name for key in job.asset_layer.asset_graph.asset_check_keys}
    assert {"unique_sync_nudge_queue_nudge_id", "not_null_fct_nudges_nudge_id"} <= checks


def test_a_night_on_a_warehouse_that_saw_one_tick_succeeds_and_removes_old_runs(after_a_tick: World) -> None:
    world = after_a_tick
    definitions = build_definitions(Overrides(settings=world.settings))
    with kept_instance(world.settings) as instance:
        night = definitions.resolve_job_def(NIGHTLY_JOB).execute_in_process(instance=instance)
    assert night.success
    assert world.execute("select * from onboarding.rpt_states") == [("sent", 5)]
    passed = {check.check_name for check in night.get_asset_check_evaluations() if check.passed}
    assert {"unique_sync_nudge_queue_nudge_id", "not_null_fct_nudges_nudge_id"} <= passed
