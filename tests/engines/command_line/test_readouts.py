"""Readouts of experiments: what is told, and what is kept for good."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from dagster_project.build import Overrides, build_definitions
from dagster_project.jobs import READOUT_JOB
from tests.engines.command_line.world import PREFIX, World

pytestmark = pytest.mark.engines

KEY = "ttfv_nudge"


def _kept(world: World, table: str, order: str) -> list[dict[str, Any]]:
    """The rows that were kept, without when they were computed."""
    rows = world.rows(f"select * from {PREFIX}onboarding.{table} order by {order}")
    return [{name: _plain(value) for name, value in row.items() if name != "computed_at"} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return round(value, 9) if isinstance(value, float) else value


def test_a_readout_is_told_and_kept_alike(here: World, there: World) -> None:
    told = there.printing("experiment", KEY)

    assert told == here.printing("experiment", KEY)
    assert "TOO EARLY" in told
    for table, order in (
        ("experiment_decisions", "data_cutoff"),
        ("experiment_readouts", "metric, basis, parameter_days, epoch, arm"),
    ):
        rows = _kept(there, table, order)
        assert rows
        assert sorted(map(str, rows)) == sorted(map(str, _kept(here, table, order)))


def test_a_cut_off_is_kept_once_however_often_it_is_read(there: World) -> None:
    there.printing("experiment", KEY)
    before = _kept(there, "experiment_readouts", "metric")
    there.run("experiment", KEY)

    assert len(_kept(there, "experiment_decisions", "data_cutoff")) == 1
    assert len(_kept(there, "experiment_readouts", "metric")) == len(before)


def test_the_hourly_job_reads_what_the_command_reads(there: World) -> None:
    there.printing("experiment", KEY)
    with there.in_this_process() as settings:
        job = build_definitions(Overrides(settings=settings)).resolve_job_def(READOUT_JOB)
        run = job.execute_in_process(raise_on_error=False)

    assert run.success
    checks = {check.check_name: check.passed for check in run.get_asset_check_evaluations()}
    assert checks["identity"]
    assert checks["contamination"]
    # The command has kept this cut-off already.
    assert len(_kept(there, "experiment_decisions", "data_cutoff")) == 1
