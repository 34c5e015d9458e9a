"""One tick in this process: the job that the schedule runs, with the kept Dagster instance, for people and
for checks.

What is refused before anything is loaded is refused here; the steps themselves are assets.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from dagster_project.beginning import refuse_impossible, refuse_invalid
from dagster_project.clock import Clock, system_clock
from dagster_project.dagster_home import ensure_dagster_home
from dagster_project.dbt_in_process import NodeEvent
from dagster_project.errors import RunFailed
from dagster_project.session import TickOptions, TickSession, TickSummary
from dagster_project.settings import Settings
from nudge_senders.counts import DeliveryCounts
from nudge_senders.fault import faults_from_environment

if TYPE_CHECKING:
    from dagster import DagsterInstance, ExecuteInProcessResult

__all__ = ["TickOptions", "TickResult", "run_tick"]


@dataclass(frozen=True)
class TickResult:
    """What a finished tick did; `decisions` holds (decision, reason_code, number of nudges), `holding` why
    everything was held back."""

    tick_id: str
    tick_at: datetime
    as_of: datetime | None
    decisions: tuple[tuple[str, str, int], ...]
    queued: int
    counts: DeliveryCounts
    next_wake_at: datetime | None
    run_id: str
    seconds: float
    notes: tuple[str, ...] = ()
    holding: tuple[str, ...] = ()

    @property
    def due(self) -> int:
        return sum(number for _, _, number in self.decisions)


def run_tick(
    settings: Settings,
    options: TickOptions | None = None,
    *,
    clock: Clock = system_clock,
    on_node: Callable[[NodeEvent], None] = lambda event: None,
    is_validated: bool = False,
) -> TickResult:
    """Run one tick; raises `Refused` before any effect and `RunFailed` when a step failed. The lease is free
    afterwards.

    `is_validated` says that the caller has just run the validation itself.
    """
    started = time.monotonic()
    chosen = options or TickOptions()
    refuse_impossible(settings, chosen)
    if not is_validated:
        refuse_invalid(settings)
    session = TickSession(
        settings,
        options=chosen,
        clock=clock,
        fault=faults_from_environment(os.environ),
        on_node=on_node,
        is_validated=True,
    )
    try:
        run = _execute(settings, session, clock)
    finally:
        session.release()
    if session.refusal is not None:
        raise session.refusal
    if not run.success or session.summary is None:
        raise RunFailed(_why(run))
    return _result(session.summary, run.run_id, time.monotonic() - started)


def _execute(settings: Settings, session: TickSession, clock: Clock) -> ExecuteInProcessResult:
    from dagster_project.build import Overrides, build_definitions
    from dagster_project.jobs import TICK_JOB
    from dagster_project.run_marks import close_dead_runs

    definitions = build_definitions(Overrides(settings=settings, clock=clock, make_session=lambda: session))
    with kept_instance(settings) as instance:
        close_dead_runs(instance)
        return definitions.resolve_job_def(TICK_JOB).execute_in_process(
            instance=instance,
            raise_on_error=False,
            # What went wrong is told in a sentence, and every event is in the UI.
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )


def kept_instance(settings: Settings) -> DagsterInstance:
    """The instance whose home lies beside the warehouse, the same that the UI shows."""
    from dagster import DagsterInstance

    return DagsterInstance.from_config(str(ensure_dagster_home(settings)))


def _why(run: ExecuteInProcessResult) -> str:
    """What the failed steps say, in sentences: neither a step's key nor a class's path helps who reads it."""
    sentences: list[str] = []
    for event in run.all_events:
        if not event.is_step_failure:
            continue
        error = event.step_failure_data.error
        cause = error.cause if error is not None and error.cause is not None else error
        if cause is None:
            sentences.append(event.message or "")
            continue
        name = re.escape(cause.cls_name or "")
        # A class without a path is Python's own, and its message may say nothing without it.
        told = re.sub(rf"^(?:[\w<>]+\.)+{name}(?:: |$)", "", cause.message.strip()).strip()
        sentences.append(told or cause.cls_name or "")
    return "\n".join(dict.fromkeys(sentences)) or "the run ended without finishing its tick"


def _result(summary: TickSummary, run_id: str, seconds: float) -> TickResult:
    return TickResult(
        tick_id=summary.tick_id,
        tick_at=summary.tick_at,
        as_of=summary.as_of,
        decisions=summary.decisions,
        queued=summary.queued,
        counts=summary.counts,
        next_wake_at=summary.next_wake_at,
        run_id=run_id,
        seconds=seconds,
        notes=summary.notes,
        holding=summary.holding,
    )
