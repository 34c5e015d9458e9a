"""The same answers as the product's, in SQL that somebody would write by hand for DuckDB and one raw table.

The state is one row per account and milestone: its first instant and when that was first known, of the
accounts that the CRM has, by the path of each, whatever the spelling of the event. Several sources, users who
belong to a group, cycles and aliases, which the product resolves as well, play no part in the generated
world: every event names its account.
"""

from __future__ import annotations

import duckdb

from tests.benchmarks.generated_events import MILESTONE_EVENTS

KEYS = (
    "workspace_created",
    "team_member_invited",
    "integration_connected",
    "first_data_uploaded",
    "first_report_generated",
)
#: Spelling of an event -> milestone, as the shipped path has them.
_SPELLINGS = {
    spelling: key
    for name, key in zip(MILESTONE_EVENTS, KEYS, strict=True)
    for spelling in (name, name.lower().replace(" ", "_"))
}
_NAMES_SQL = ", ".join(f"'{name}'" for name in _SPELLINGS)
_PATH_SQL = ", ".join(f"('default', '{name}', '{key}')" for name, key in _SPELLINGS.items())
#: Rows of `source` that count, as the shipped limits say: no time before 2000, none 15 minutes ahead of its
#: load.
FIRST_TIMES = f"""
with path (path_key, event, milestone_key) as (values {_PATH_SQL}),
first_events as (
    select
        context_group_id as account_id,
        event,
        min("timestamp") as first_occurred_at,
        min(received_at) as first_known_at
    from {{source}}
    where
        event in ({_NAMES_SQL})
        and "timestamp" >= timestamp '2000-01-01'
        and "timestamp" <= received_at + interval 15 minutes
        {{since}}
    group by all
)
select
    account_id,
    path.milestone_key,
    min(first_occurred_at) as first_occurred_at,
    min(first_known_at) as first_known_at
from first_events
inner join crm.accounts using (account_id)
inner join path on path.path_key = coalesce(accounts.segment, 'default') and path.event = first_events.event
group by all
"""
#: The same of the one table that a tool is given, for which the key is the name.
FIRST_TIMES_OF_EVENTS = f"""
select context_group_id, event, min("timestamp"), min(received_at)
from {{source}}
where
    event in ({_NAMES_SQL})
    and "timestamp" >= timestamp '2000-01-01'
    and "timestamp" <= received_at + interval 15 minutes
group by all
"""
SCAN = """
select bit_xor(hash(context_group_id, event, "timestamp", received_at)) from segment.tracks
"""
_MERGE = """
merge into by_hand.state as state
using delta
    on state.account_id = delta.account_id and state.milestone_key = delta.milestone_key
when matched and (
    delta.first_occurred_at < state.first_occurred_at or delta.first_known_at < state.first_known_at
) then update set
    first_occurred_at = least(state.first_occurred_at, delta.first_occurred_at),
    first_known_at = least(state.first_known_at, delta.first_known_at)
when not matched then insert values (
    delta.account_id, delta.milestone_key, delta.first_occurred_at, delta.first_known_at
)
"""
_DIFFERENT = """
select count(*) from (
    (select account_id, milestone_key, first_occurred_at, first_known_at from {one} except all
     select account_id, milestone_key, first_occurred_at, first_known_at from {other})
    union all
    (select account_id, milestone_key, first_occurred_at, first_known_at from {other} except all
     select account_id, milestone_key, first_occurred_at, first_known_at from {one})
)
"""
PRODUCT_STATE = "onboarding_intermediate.int_milestones_completed"
STATE = "by_hand.state"


def rebuild(connection: duckdb.DuckDBPyConnection) -> None:
    """The state and its watermark from everything that was ever loaded."""
    connection.execute("create schema if not exists by_hand")
    connection.execute("begin")
    connection.execute(
        f"create or replace table {STATE} as {FIRST_TIMES.format(source='segment.tracks', since='')}"
    )
    connection.execute(
        "create or replace table by_hand.watermark as "
        "select max(received_at) as read_through from segment.tracks"
    )
    connection.execute("commit")


def merge(connection: duckdb.DuckDBPyConnection) -> None:
    """What was loaded since the watermark into the state, in one transaction."""
    since = connection.execute("select read_through from by_hand.watermark").fetchall()[0][0]
    newer = f"and received_at > timestamp '{since}'"
    connection.execute("begin")
    connection.execute(
        f"create or replace temp table delta as {FIRST_TIMES.format(source='segment.tracks', since=newer)}"
    )
    connection.execute(_MERGE)
    connection.execute(
        "update by_hand.watermark set read_through = "
        f"(select max(received_at) from segment.tracks where true {newer})"
    )
    connection.execute("commit")


def different_rows(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> int:
    """Rows of one state that the other has not; 0 when they are equal."""
    return int(connection.execute(_DIFFERENT.format(one=one, other=other)).fetchall()[0][0])
