"""The only assembly point: manifest, assets, jobs, schedules, sensors and the one resource, put together.

Contacts nothing: no warehouse, no network. What each part does is said in its own file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dagster import (
    AssetKey,
    AssetsDefinition,
    AssetSelection,
    Definitions,
    in_process_executor,
)

from dagster_project.assets.dbt import build_dbt_assets
from dagster_project.assets.housekeeping import build_housekeeping
from dagster_project.assets.raw_tables import raw_table_specs
from dagster_project.assets.readouts import READ_BY_READOUTS, build_readouts
from dagster_project.assets.senders import build_senders
from dagster_project.assets.tick_bounds import build_begin, build_finish
from dagster_project.assets.watch_checks import build_watch_checks, looks_of
from dagster_project.beginning import stop_when_facts_run_backwards
from dagster_project.clock import Clock, system_clock
from dagster_project.dbt_selection import parts_of
from dagster_project.inputs import source_tables
from dagster_project.jobs import nightly_job, readout_job, tick_job
from dagster_project.manifest import load_manifest
from dagster_project.resources import session_from_environment, tick_resource
from dagster_project.schedules import nightly_schedule, readout_schedule, tick_schedule
from dagster_project.sensors import failed_runs_sensor, watch_sensor
from dagster_project.session import TickSession
from dagster_project.settings import Settings
from dagster_project.translator import LEDGER_KEY, MilestoneTranslator

QUEUE_NAME = "sync_nudge_queue"


@dataclass(frozen=True)
class Overrides:
    """What a test or the command line puts in place of the environment's."""

    settings: Settings | None = None
    clock: Clock = system_clock
    make_session: Callable[[], TickSession] | None = None


def build_definitions(overrides: Overrides | None = None) -> Definitions:
    """Everything that Dagster shows and runs."""
    chosen = overrides or Overrides()
    settings = chosen.settings or Settings.from_environment(os.environ)
    manifest = load_manifest(settings)
    sources = source_tables(manifest)
    translator = MilestoneTranslator(settings.schema_prefix)
    plan_part, after_part, report_part = parts_of(manifest)

    plan = build_dbt_assets(manifest, translator, plan_part, check=stop_when_facts_run_backwards)
    senders = build_senders(_queue_key(plan))
    tick_assets = [build_begin(sources), plan, senders]
    if not after_part.is_empty:
        tick_assets.append(build_dbt_assets(manifest, translator, after_part))
    tick_assets.append(build_finish(_ends_of(tick_assets)))
    night_assets = [build_housekeeping()]
    if not report_part.is_empty:
        night_assets.append(build_dbt_assets(manifest, translator, report_part))

    tick = tick_job(tick_assets, _guards(tick_assets, {*plan_part.guards, *after_part.guards}))
    night = nightly_job(night_assets, tick_assets)
    made_here = {key for definition in [*tick_assets, *night_assets] for key in definition.keys}
    # A project of somebody's own need not have an experiment.
    has_readouts = made_here.issuperset(READ_BY_READOUTS)
    readouts = [build_readouts(settings.target)] if has_readouts else []
    made_here |= {key for definition in readouts for key in definition.keys}
    hourly = [readout_job(definition) for definition in readouts]
    looks = looks_of(settings, sources, chosen.clock)
    make_session = chosen.make_session or (lambda: session_from_environment(settings, chosen.clock))
    return Definitions(
        assets=[*raw_table_specs(manifest, translator, made_here), *tick_assets, *night_assets, *readouts],
        asset_checks=build_watch_checks(looks),
        jobs=[tick, night, *hourly],
        schedules=[
            tick_schedule(tick, settings, sources, chosen.clock),
            nightly_schedule(night),
            *(readout_schedule(job) for job in hourly),
        ],
        sensors=[
            failed_runs_sensor([tick, night, *hourly], settings),
            watch_sensor(looks, settings, chosen.clock),
        ],
        resources={"tick": tick_resource(make_session)},
        # Also what somebody starts by hand in the UI shares one process, and so one session and one dbt.
        executor=in_process_executor,
    )


def _queue_key(plan: AssetsDefinition) -> AssetKey:
    for key in plan.keys:
        if key.path[-1] == QUEUE_NAME:
            return key
    raise ValueError(f"the dbt project has no model {QUEUE_NAME} tagged 'tick'")


def _ends_of(assets: Sequence[AssetsDefinition]) -> list[AssetKey]:
    """The ledger, and every model that is built after the senders."""
    after = [key for definition in assets[3:] for key in definition.keys]
    return [LEDGER_KEY, *sorted(after)]


def _guards(assets: Sequence[AssetsDefinition], guards: set[str]) -> AssetSelection | None:
    keys = [
        spec.key
        for definition in assets
        for spec in definition.check_specs
        if (spec.metadata or {}).get("dagster_dbt/unique_id") in guards
    ]
    return AssetSelection.checks(*keys) if keys else None
