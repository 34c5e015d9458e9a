"""The jobs: the tick, the readout of experiments, and what is done once a night. Their steps are assets; when
they run is in `schedules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dagster import (
    AssetKey,
    AssetsDefinition,
    AssetSelection,
    HookContext,
    HookDefinition,
    define_asset_job,
    failure_hook,
    in_process_executor,
)

from dagster_project.session import TickSession

TICK_JOB = "onboarding_tick"
NIGHTLY_JOB = "onboarding_nightly"
READOUT_JOB = "experiment_readout"
_TICK_SECONDS_AT_MOST = 40 * 60
_NIGHT_SECONDS_AT_MOST = 3 * 60 * 60
_READOUT_SECONDS_AT_MOST = 30 * 60
WRITES_TAG = {"milestone_agent/writes": "warehouse"}


@failure_hook(required_resource_keys={"tick"})
def give_lease_back(context: HookContext) -> None:
    """A failed step ends the tick; without this the next one would wait for the lease to run out."""
    session: TickSession = context.resources.tick
    session.release()


def tick_job(assets: Sequence[AssetsDefinition], guards: AssetSelection | None) -> Any:
    """Everything from the lease to the finished tick in one process, never retried: the next tick is the
    retry.
    """
    keys: list[AssetKey] = [key for definition in assets for key in definition.keys]
    selection = AssetSelection.assets(*keys).without_checks()
    hooks: set[HookDefinition] = {give_lease_back}
    return define_asset_job(
        TICK_JOB,
        selection=selection | guards if guards is not None else selection,
        description="One tick: facts, decisions, messages, and what they did. Never two at once.",
        executor_def=in_process_executor,
        hooks=hooks,
        tags={"dagster/max_runtime": str(_TICK_SECONDS_AT_MOST), "dagster/max_retries": "0", **WRITES_TAG},
    )


def readout_job(readouts: AssetsDefinition) -> Any:
    """The readout of every experiment, with its checks."""
    return define_asset_job(
        READOUT_JOB,
        selection=AssetSelection.assets(readouts.key) | AssetSelection.checks(*readouts.check_keys),
        description="The readout of every experiment at the data cut-off of the last tick.",
        executor_def=in_process_executor,
        tags={"dagster/max_runtime": str(_READOUT_SECONDS_AT_MOST), "dagster/max_retries": "0", **WRITES_TAG},
    )


def nightly_job(assets: Sequence[AssetsDefinition], tested: Sequence[AssetsDefinition]) -> Any:
    """Reports, snapshots, all tests of all models, and removal of old runs and logs."""
    keys = [key for definition in assets for key in definition.keys]
    selection: AssetSelection = AssetSelection.assets(*keys)
    for definition in tested:
        if definition.check_keys:
            selection = selection | AssetSelection.checks(*definition.check_keys)
    return define_asset_job(
        NIGHTLY_JOB,
        selection=selection,
        description="Reports, snapshots, all tests, and removal of old runs and logs.",
        executor_def=in_process_executor,
        tags={"dagster/max_runtime": str(_NIGHT_SECONDS_AT_MOST), "dagster/max_retries": "0", **WRITES_TAG},
    )
