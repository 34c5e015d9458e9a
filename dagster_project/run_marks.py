"""Marks each run with the process that executes it, and closes the runs whose process is gone.

On one machine nothing else notices a killed run: it would look started for ever, and keep its place in the
pool of one, so that no later tick could begin. The ledger's lease has a rule of its own for dead holders.
"""

from __future__ import annotations

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from nudge_senders.ledger.holder import is_certainly_dead, new_holder

PROCESS_TAG = "milestone_agent/process"
_UNDER_WAY = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]


def mark_process(instance: DagsterInstance, run_id: str) -> None:
    instance.add_run_tags(run_id, {PROCESS_TAG: new_holder()})


def close_dead_runs(instance: DagsterInstance) -> list[str]:
    """Mark runs of dead processes of this machine as failed and free their pool slots; returns their ids."""
    closed = []
    for run in instance.get_runs(RunsFilter(statuses=_UNDER_WAY)):
        if is_certainly_dead(run.tags.get(PROCESS_TAG, "")):
            instance.report_run_failed(run, "The process that executed this run is gone.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            closed.append(run.run_id)
    return closed


def runs_under_way(instance: DagsterInstance, job_name: str) -> list[str]:
    runs = instance.get_runs(RunsFilter(job_name=job_name, statuses=_UNDER_WAY), limit=10)
    return [run.run_id for run in runs]
