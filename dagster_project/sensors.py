"""What watches the jobs from outside of them: failed runs, ticks that do not finish, messages that nobody
tries.

A sensor only tells; it starts nothing and never raises. What is looked at stands in `watching`, when a
finding is told in `news`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from dagster import (
    AssetCheckEvaluation,
    AssetCheckKey,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunFailureSensorContext,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    run_failure_sensor,
    sensor,
)

from dagster_project.assets.watch_checks import Look
from dagster_project.clock import Clock
from dagster_project.news import Remembered, news, read_cursor, write_cursor
from dagster_project.operations_channel import tell
from dagster_project.settings import Settings
from dagster_project.watching import TICK_INTERVAL

#: Failures in a row that are told once: a tick that fails every five minutes speaks about every hour.
FAILURES_TOLD_ONCE = 12


def failed_runs_sensor(jobs: Sequence[Any], settings: Settings) -> SensorDefinition:
    """One line for the first of a row of failures, with the steps that failed and the kinds of their errors.

    Never their texts: those may quote a customer's data.
    """

    @run_failure_sensor(
        name="tell_of_failed_runs",
        monitored_jobs=list(jobs),
        default_status=DefaultSensorStatus.RUNNING,
        description="Tells the operations channel, or the log, when a tick or a night failed.",
    )
    def tell_of_failed_runs(context: RunFailureSensorContext) -> None:
        try:
            run = context.dagster_run
            earlier = _failures_before(context.instance, run)
            if earlier % FAILURES_TOLD_ONCE == 0:
                tell(failure_line(settings, run, _kinds(context), earlier), os.environ)
        except Exception as error:
            context.log.error(f"a failed run could not be told: {type(error).__name__}")

    return tell_of_failed_runs


def failure_line(settings: Settings, run: DagsterRun, kinds: Mapping[str, str], earlier: int) -> str:
    """`kinds` are the kinds of error by failed step; `earlier` failures came right before."""
    steps = ", ".join(f"{step} ({kind})" for step, kind in kinds.items()) or "its process ended"
    row = f"; {earlier} runs before it failed too" if earlier else ""
    return f"{settings.namespace}: {run.job_name} failed: {steps}; run {run.run_id[:8]}{row}"


def watch_sensor(looks: Sequence[Look], settings: Settings, clock: Clock) -> SensorDefinition:
    """Takes every look, tells what is news and keeps the asset checks up to date."""

    @sensor(
        name="watch_ticks",
        minimum_interval_seconds=int(TICK_INTERVAL.total_seconds()),
        default_status=DefaultSensorStatus.RUNNING,
        description="Tells the operations channel, or the log, when no tick finishes or nothing is tried.",
    )
    def watch_ticks(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        try:
            return _watch(context.cursor, looks, settings, clock)
        except Exception as error:
            return SkipReason(f"could not look: {type(error).__name__}")

    return watch_ticks


def _watch(cursor: str | None, looks: Sequence[Look], settings: Settings, clock: Clock) -> SensorResult:
    remembered = read_cursor(cursor)
    evaluations: list[AssetCheckEvaluation] = []
    lines: list[str] = []
    for look in looks:
        finding, before = look.find(), remembered.get(look.name, Remembered())
        remembered[look.name], line = news(before, finding, clock())
        # A check that flickers with what passes by itself would say nothing.
        if line is not None or (before.was_good is None and finding.is_good):
            evaluations.append(_evaluation(look.key, finding.is_good, finding.told, finding.facts))
        if line is not None:
            tell(f"{settings.namespace}: {line}", os.environ)
            lines.append(line)
    return SensorResult(
        asset_events=evaluations,
        cursor=write_cursor(remembered),
        skip_reason="; ".join(lines) or "nothing to tell",
    )


def _evaluation(
    key: AssetCheckKey, is_good: bool, told: str, facts: Mapping[str, str | int]
) -> AssetCheckEvaluation:
    return AssetCheckEvaluation(
        asset_key=key.asset_key, check_name=key.name, passed=is_good, description=told, metadata=dict(facts)
    )


def _failures_before(instance: DagsterInstance, run: DagsterRun) -> int:
    """How many runs of the job failed in a row right before this one."""
    ended = [DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS, DagsterRunStatus.CANCELED]
    runs = instance.get_runs(RunsFilter(job_name=run.job_name, statuses=ended), limit=1000)
    ids = [each.run_id for each in runs]
    older = runs[ids.index(run.run_id) + 1 :] if run.run_id in ids else runs
    count = 0
    for each in older:
        if each.status is not DagsterRunStatus.FAILURE:
            break
        count += 1
    return count


def _kinds(context: RunFailureSensorContext) -> dict[str, str]:
    kinds: dict[str, str] = {}
    for event in context.get_step_failure_events():
        error = event.step_failure_data.error
        cause = error.cause if error is not None and error.cause is not None else error
        kinds[event.step_key or "?"] = (cause.cls_name if cause is not None else None) or "unknown"
    return kinds
