"""When the jobs run. The tick's schedule asks `should_tick` first and mostly launches nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dagster import (
    DefaultScheduleStatus,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    schedule,
)

from dagster_project.clock import Clock
from dagster_project.inputs import SourceTable
from dagster_project.jobs import TICK_JOB
from dagster_project.run_marks import close_dead_runs, runs_under_way
from dagster_project.settings import Settings
from dagster_project.should_tick import should_tick

EVERY_FIVE_MINUTES = "*/5 * * * *"
EVERY_NIGHT = "20 2 * * *"
EVERY_HOUR = "12 * * * *"


def tick_schedule(
    job: Any, settings: Settings, sources: Sequence[SourceTable], clock: Clock
) -> ScheduleDefinition:
    """Not partitioned, so that after a standstill one tick is launched and not all the missed ones."""

    @schedule(
        job=job,
        cron_schedule=EVERY_FIVE_MINUTES,
        execution_timezone="UTC",
        default_status=DefaultScheduleStatus.RUNNING,
        description="A tick every five minutes, when something can have changed since the last finished one.",
    )
    def every_five_minutes(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
        close_dead_runs(context.instance)
        under_way = len(runs_under_way(context.instance, TICK_JOB))
        if not under_way:
            _release_demo_events(settings, clock)
        verdict = should_tick(settings, sources, runs_under_way=under_way, clock=clock)
        return (
            RunRequest(tags={"milestone_agent/why": verdict.why})
            if verdict.is_launching
            else SkipReason(verdict.why)
        )

    return every_five_minutes


def nightly_schedule(job: Any) -> ScheduleDefinition:
    return ScheduleDefinition(
        name="every_night",
        job=job,
        cron_schedule=EVERY_NIGHT,
        execution_timezone="UTC",
        default_status=DefaultScheduleStatus.RUNNING,
    )


def readout_schedule(job: Any) -> ScheduleDefinition:
    """Apart from the tick, and between two of them. A data cut-off that was read already writes nothing."""
    return ScheduleDefinition(
        name="every_hour",
        job=job,
        cron_schedule=EVERY_HOUR,
        execution_timezone="UTC",
        default_status=DefaultScheduleStatus.RUNNING,
    )


def _release_demo_events(settings: Settings, clock: Clock) -> None:
    """A demo warehouse has a feeder instead of a loader; anybody else's file is not touched."""
    from dagster_project.demo_feed import feed_if_demo

    feed_if_demo(settings, clock())
