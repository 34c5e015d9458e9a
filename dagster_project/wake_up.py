"""When the passing of time alone can next change a decision, or settle a doubt.

The instants come from the dbt project, which knows the rules; here they are only compared. What has arrived
meanwhile is said in `inputs`.
"""

from __future__ import annotations

from datetime import datetime

from dagster_project.clock import aware_utc, naive_utc
from dagster_project.connection import Connection
from dagster_project.settings import Settings
from nudge_senders.halt_file import read_halt_file


def next_wake_at(
    connection: Connection, settings: Settings, *, as_of: datetime | None, tick_at: datetime
) -> datetime | None:
    """The earliest instant after `tick_at` that has to be looked at, or None when only new data can matter.

    An instant that follows `as_of` counts only while `as_of` is held back by nothing but the clock. Otherwise
    it stands still until data arrives, and waking up earlier would find the same facts.
    """
    is_current = as_of is not None and as_of >= tick_at
    selects = [
        *_planned(connection, settings.schema("onboarding_intermediate"), is_current),
        *_promised(connection, settings.schema("nudges"), settings.namespace),
    ]
    instants = [end for halt in read_halt_file(settings.halt_file) if (end := halt.until_at) is not None]
    if selects:
        moment = naive_utc(tick_at)
        union = " union all ".join(selects)
        row = connection.execute(f"select min(wake_at) from ({union}) where wake_at > ?", [moment]).fetchone()
        instants += [aware_utc(row[0])] if row and row[0] is not None else []
    return min((instant for instant in instants if instant > tick_at), default=None)


def _planned(connection: Connection, schema: str, is_current: bool) -> list[str]:
    if not {"wake_at", "follows"} <= connection.columns_of(schema, "int_wake_ups"):
        return []
    clocks = "'tick_at', 'as_of'" if is_current else "'tick_at'"
    return [f"select wake_at from {connection.relation(schema, 'int_wake_ups')} where follows in ({clocks})"]


def _promised(connection: Connection, schema: str, namespace: str) -> list[str]:
    if not connection.columns_of(schema, "nudge_states"):
        return []
    states = connection.relation(schema, "nudge_states")
    mine = f"namespace = '{namespace}'"
    return [
        f"select not_before as wake_at from {states} "
        f"where {mine} and state in ('retryable', 'claimed', 'uncertain')",
        f"select next_check_at as wake_at from {states} where {mine} and state = 'uncertain'",
        # What a halt held back is sent when its time is over; one that was released woke the tick already.
        f"select until_at as wake_at from {connection.relation(schema, 'nudge_halts')}",
    ]
