"""The senders as one asset, the ledger's entries: settle what is in doubt, then one op per channel, in tier
order.

Only wiring: what is sent, refused or remembered is decided in `nudge_senders`.
"""

from dagster import (
    AssetIn,
    AssetKey,
    AssetsDefinition,
    In,
    Nothing,
    OpDefinition,
    OpExecutionContext,
    Out,
    Output,
    graph_asset,
    op,
)

from dagster_project.assets.dbt import DUCKDB_POOL
from dagster_project.delivering import deliver_channel_of_tick
from dagster_project.errors import RunFailed
from dagster_project.session import TickSession
from dagster_project.translator import LEDGER_KEY, OWNER

# Tier order; Dagster would run parallel ops in alphabetical order, so each waits for the one before.
CHANNELS = ("in_app", "email", "human")


def build_senders(queue_key: AssetKey) -> AssetsDefinition:
    """The graph asset `nudges/nudge_events`, which waits for the queue."""

    @graph_asset(
        key=LEDGER_KEY,
        ins={"queue": AssetIn(key=queue_key, dagster_type=Nothing)},
        group_name="senders",
        owners=[OWNER],
        kinds={"python"},
        description=(
            "One row per ledger entry, append-only. Claims what the queue of this tick holds, checks it "
            "again on "
            "fresh facts, commits the attempt, delivers and records the outcome."
        ),
    )
    # Dagster reads the annotations of a graph as input types; this input is an order and no value.
    def nudge_events(queue):  # type: ignore[no-untyped-def]
        done = queue
        for channel in CHANNELS:
            done = _sender(channel)(done)
        return _counted(done)

    return nudge_events


def _sender(channel: str) -> OpDefinition:
    @op(
        name=f"deliver_{channel}",
        ins={"before": In(Nothing)},
        out=Out(Nothing),
        required_resource_keys={"tick"},
        pool=DUCKDB_POOL,
        description=(
            f"Deliver this tick's {channel} nudges. Running it again is safe: the ledger refuses what was "
            "attempted."
        ),
    )
    def deliver(context: OpExecutionContext) -> Output[None]:
        session: TickSession = context.resources.tick
        if not session.options.is_sending:
            return Output(None, metadata={"sent": 0, "why": "a dry run or a replay never sends"})
        try:
            counts = deliver_channel_of_tick(session, channel)
        except Exception as error:
            # One broken channel must not silence the next ones; the step that counts fails for it.
            session.broken_channels[channel] = f"{type(error).__name__}: {error}"
            context.log.exception(f"{channel} stopped")
            return Output(None, metadata={"stopped": session.broken_channels[channel]})
        session.counts = session.counts + counts
        return Output(None, metadata=counts.as_dict())

    return deliver


@op(name="count_exits", ins={"before": In(Nothing)}, out=Out(Nothing), required_resource_keys={"tick"})
def _counted(context: OpExecutionContext) -> Output[None]:
    session: TickSession = context.resources.tick
    if session.broken_channels:
        raise RunFailed("; ".join(f"channel {name}: {why}" for name, why in session.broken_channels.items()))
    return Output(None, metadata=session.counts.as_dict())
