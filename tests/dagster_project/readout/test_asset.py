"""What the asset of the readouts shows in Dagster: verdicts, and checks of the experiments that were read."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetCheckEvaluation, AssetCheckSeverity, Definitions, ExecuteInProcessResult

from dagster_project.assets.readouts import CHECKS, READ_BY_READOUTS, READOUTS_KEY, build_readouts
from dagster_project.jobs import READOUT_JOB, readout_job
from dagster_project.session import TickSession
from dagster_project.translator import MilestoneTranslator
from tests.dagster_project.readout.warehouse import KEY, Warehouse
from tests.parsed_project import ParsedProject


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


def test_the_asset_shows_verdict_pictures_and_checks_and_leaves_a_page(warehouse: Warehouse) -> None:
    run = _run(warehouse, warehouse.tell(30))

    metadata = _metadata(run)
    assert run.success
    assert str(metadata["verdict"]).startswith("**Too early")
    assert str(metadata["days saved over time"]).startswith("![")
    assert (warehouse.settings.home / "experiments" / f"{KEY}.html").is_file()
    assert {name: check.passed for name, check in _checks(run).items()} == {
        **dict.fromkeys(CHECKS, True),
        "gates": False,
    }


def test_an_experiment_that_is_refused_does_not_stop_the_readout_of_the_others(warehouse: Warehouse) -> None:
    cutoff = warehouse.tell(30)
    _name_without_epochs(warehouse, "a_rehearsal")

    run = _run(warehouse, cutoff)

    assert not run.success
    assert "a_rehearsal" in str(_metadata(run)["a_rehearsal: failed"])
    assert str(_metadata(run)["verdict"]).startswith("**Too early")
    assert warehouse.execute("select experiment_key from onboarding.experiment_decisions") == [(KEY,)]
    assert _checks(run)["sample_ratio"].passed


def test_checks_of_no_experiment_warn_that_none_has_been_read(warehouse: Warehouse) -> None:
    cutoff = warehouse.tell(30)
    warehouse.execute("delete from onboarding_seeds.experiments")

    checks = _checks(_run(warehouse, cutoff))

    assert set(checks) == set(CHECKS)
    for check in checks.values():
        assert (check.passed, check.severity) == (False, AssetCheckSeverity.WARN)
        assert str(check.description).startswith("No experiment has been read")


def test_a_later_run_at_the_same_cut_off_keeps_the_result_and_checks_what_is_there_now(
    warehouse: Warehouse,
) -> None:
    cutoff = warehouse.tell(30)
    assert _checks(_run(warehouse, cutoff))["identity"].passed
    warehouse.execute(
        "update onboarding_intermediate.int_assignments_resolved "
        "set arm = case arm when 'control' then 'treatment' else 'control' end"
    )

    run = _run(warehouse, cutoff + timedelta(hours=1))

    assert not _checks(run)["identity"].passed
    assert _metadata(run)["is a new cut-off"] is False
    assert warehouse.execute("select count(*) from onboarding.experiment_decisions") == [(1,)]


def test_the_project_makes_what_a_readout_waits_for(parsed_project: ParsedProject) -> None:
    nodes = json.loads(parsed_project.manifest.read_text(encoding="utf-8"))["nodes"].values()
    models = [node for node in nodes if node["resource_type"] == "model"]

    assert {MilestoneTranslator().get_asset_key(model) for model in models} >= READ_BY_READOUTS


def _run(warehouse: Warehouse, now: datetime) -> ExecuteInProcessResult:
    """The hourly job, without the assets of the project around it."""
    readouts = build_readouts()
    session = TickSession(warehouse.settings, clock=lambda: now)
    job = readout_job(readouts)
    definitions = Definitions(assets=[readouts], jobs=[job], resources={"tick": session})
    return definitions.resolve_job_def(READOUT_JOB).execute_in_process(raise_on_error=False)


def _metadata(run: ExecuteInProcessResult) -> dict[str, Any]:
    (made,) = [event for event in run.get_asset_materialization_events() if event.asset_key == READOUTS_KEY]
    return {name: value.value for name, value in made.materialization.metadata.items()}


def _checks(run: ExecuteInProcessResult) -> dict[str, AssetCheckEvaluation]:
    return {check.check_name: check for check in run.get_asset_check_evaluations()}


def _name_without_epochs(warehouse: Warehouse, key: str) -> None:
    """An experiment that no step of a roll-out belongs to, which a readout refuses."""
    warehouse.execute(
        "insert into onboarding_seeds.experiments "
        f"select * replace ('{key}' as experiment_key) from onboarding_seeds.experiments limit 1"
    )
