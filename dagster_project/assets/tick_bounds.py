"""The first and the last step of a tick: take the lease, finish and give it back.

The lease is an asset because planning reads it (its number and its instant go into every row), and the
finished tick is one because the schedule compares with it. What is planned and sent in between is not said
here.
"""

from collections.abc import Sequence

from dagster import AssetDep, AssetExecutionContext, AssetKey, AssetsDefinition, MetadataValue, Output, asset

from dagster_project.assets.dbt import DUCKDB_POOL
from dagster_project.beginning import begin_tick
from dagster_project.finishing import finish_tick
from dagster_project.inputs import SourceTable
from dagster_project.picture import bars
from dagster_project.run_marks import mark_process
from dagster_project.session import TickSession
from dagster_project.translator import FINISHED_KEY, LEASE_KEY, OWNER


def build_begin(sources: Sequence[SourceTable]) -> AssetsDefinition:
    @asset(
        key=LEASE_KEY,
        group_name="tick",
        owners=[OWNER],
        kinds={"python"},
        required_resource_keys={"tick"},
        pool=DUCKDB_POOL,
        description="One row: which tick may write now. Takes the lease, once all is valid and migrated.",
    )
    def nudge_lease(context: AssetExecutionContext) -> Output[None]:
        session: TickSession = context.resources.tick
        mark_process(context.instance, context.run_id)
        begin_tick(session, sources)
        lease = session.lease
        if lease is None:
            return Output(None, metadata={"lease": "none: a dry run or a replay"})
        return Output(
            None, metadata={"tick": lease.tick_id, "fence": lease.fence, "settled": session.counts.as_dict()}
        )

    return nudge_lease


def build_finish(waits_for: Sequence[AssetKey]) -> AssetsDefinition:
    @asset(
        key=FINISHED_KEY,
        deps=[AssetDep(key) for key in waits_for],
        group_name="tick",
        owners=[OWNER],
        kinds={"python"},
        required_resource_keys={"tick"},
        pool=DUCKDB_POOL,
        description=(
            "The finished tick: its counts, what it was computed from and when to look again. Leaves a "
            "copy of "
            "the marts beside the warehouse and gives the lease back."
        ),
    )
    def finished_tick(context: AssetExecutionContext) -> Output[None]:
        session: TickSession = context.resources.tick
        summary, milestones = finish_tick(session)
        decided = {f"{decision}: {reason}": number for decision, reason, number in summary.decisions}
        return Output(
            None,
            metadata={
                **summary.counts.as_dict(),
                "due": summary.due,
                "as of": str(summary.as_of),
                "next look at": str(summary.next_wake_at),
                "notes": " ".join(summary.notes) or "none",
                **({"held back": "; ".join(summary.holding)} if summary.holding else {}),
                "decisions": MetadataValue.json(decided),
                "accounts by next milestone": MetadataValue.md(bars(milestones)),
            },
        )

    return finished_tick
