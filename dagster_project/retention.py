"""Removes what nobody reads any more: old Dagster runs and old dbt logs. The ledger is never touched.

A tick every five minutes leaves some hundred megabytes a day in Dagster's home if nothing takes them away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from dagster_project.settings import Settings

KEEP_FINISHED = timedelta(days=2)
KEEP_FAILED = timedelta(days=14)
KEEP_LOGS = timedelta(days=7)
_AT_ONCE = 1000


@dataclass(frozen=True)
class Removed:
    runs: int
    files: int


def remove_old(settings: Settings, instance: DagsterInstance, now: datetime) -> Removed:
    """Remove what is older than the limits above; a run under way is never removed."""
    runs = _remove_runs(instance, [DagsterRunStatus.SUCCESS], now - KEEP_FINISHED)
    runs += _remove_runs(instance, [DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED], now - KEEP_FAILED)
    return Removed(runs, _remove_files(settings.dbt_log_dir, now - KEEP_LOGS))


def _remove_runs(instance: DagsterInstance, statuses: list[DagsterRunStatus], before: datetime) -> int:
    records = instance.get_run_records(RunsFilter(statuses=statuses, updated_before=before), limit=_AT_ONCE)
    for record in records:
        run_id = record.dagster_run.run_id
        instance.delete_run(run_id)
        # Deleting a run empties its own SQLite file but leaves it lying there.
        for leftover in Path(instance.root_directory, "history", "runs").glob(f"{run_id}.db*"):
            leftover.unlink(missing_ok=True)
    return len(records)


def _remove_files(folder: Path, before: datetime) -> int:
    old = [path for path in folder.glob("dbt.log.*") if path.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
