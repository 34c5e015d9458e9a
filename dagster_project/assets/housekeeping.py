"""The nightly removal of old runs and logs, as a step of the nightly job."""

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, Output, asset

from dagster_project.retention import remove_old
from dagster_project.session import TickSession
from dagster_project.translator import OWNER


def build_housekeeping() -> AssetsDefinition:
    @asset(
        key=AssetKey(["housekeeping", "old_runs_removed"]),
        group_name="housekeeping",
        owners=[OWNER],
        kinds={"python"},
        required_resource_keys={"tick"},
        description="Old Dagster runs and dbt logs, gone.",
    )
    def old_runs_removed(context: AssetExecutionContext) -> Output[None]:
        session: TickSession = context.resources.tick
        removed = remove_old(session.settings, context.instance, session.clock())
        return Output(None, metadata={"runs": removed.runs, "files": removed.files})

    return old_runs_removed
