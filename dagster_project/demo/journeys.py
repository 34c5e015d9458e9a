"""When each account reaches each milestone in truth, and the tracked rows that tell of it.

Results: temp table `demo_completions` (account x milestone, what really happened) and temp table `demo_wire`,
rows of all event products in one neutral shape, not yet in order of arrival. Ordinary usage and the raw
shapes are in `events`.
"""

from __future__ import annotations

import duckdb

from dagster_project.demo.accounts import FUTURE_HOURS, Scale
from dagster_project.demo.progress import Progress

WIRE_COLUMNS = (
    "received_at timestamp, occurred_at timestamp, source_name varchar, event_id varchar, "
    "event_text varchar, event_slug varchar, account_hint varchar, user_id varchar, anonymous_id varchar, "
    "kind varchar"
)
LATE_SHARE = 0.03
RESENT_SHARE = 0.01
BROKEN_CLOCK_SHARE = 0.01
BOT_SHARE = 0.005


def draw_journeys(connection: duckdb.DuckDBPyConnection, scale: Scale, progress: Progress) -> None:
    connection.execute(_completions())
    connection.execute(f"create or replace temp table demo_wire ({WIRE_COLUMNS})")
    kinds = (_milestone_rows(scale), _sign_up_rows(), _broken_clock_rows(scale), _bot_rows(scale))
    for place, rows in enumerate(kinds):
        progress("Drawing journeys", 0.07 + 0.06 * place / len(kinds))
        connection.execute(f"insert into demo_wire {rows}")
    progress("Drawing journeys", 0.13)
    connection.execute(
        "create or replace temp table demo_resent (event_id varchar, "
        "first_received_at timestamp, received_at timestamp)"
    )
    send_again(
        connection, "demo_wire", f"draw('resent', event_id) < {RESENT_SHARE} and kind <> 'broken_clock'"
    )


def send_again(connection: duckdb.DuckDBPyConnection, rows: str, chosen: str) -> None:
    """Clients and collectors repeat themselves: the same id again, up to two days later."""
    connection.execute(
        f"""create or replace temp table demo_again as select * replace (received_at
            + to_microseconds(((0.02 + 48 * pow(draw('resent_at', event_id), 3)) * 3600000000)::bigint) as
                received_at,
            'resent' as kind), received_at as first_received_at
        from {rows} where {chosen}"""
    )
    connection.execute("insert into demo_wire by name select * exclude (first_received_at) from demo_again")
    connection.execute(
        "insert into demo_resent by name select event_id, first_received_at, received_at from demo_again"
    )
    connection.execute("drop table demo_again")


def user_id_sql(idx: str, place: str) -> str:
    return f"'user_' || {idx} || '_' || {place}"


def _completions() -> str:
    """The journey bends the straight line: steps in another order, left out, or never reached."""
    return f"""
    create or replace temp table demo_completions as
    with timed as (
        select accounts.idx, gaps.milestone_order, stop_after, steps, journey, is_stuck,
            after_hours(signed_up_at,
                sum(gap_hours) over (partition by accounts.idx order by gaps.milestone_order))
                as straight_at,
            2 + floor((steps - 2) * draw('skip', accounts.idx))::integer as skipped_order,
            case when steps >= 3 then 2 else 1 end as swapped_order
        from demo_accounts as accounts join demo_gaps as gaps using (idx)
        where has_life
    ),
    bent as (
        select *, case
                when journey = 'out_of_order' and milestone_order = swapped_order
                    then lead(straight_at) over (partition by idx order by milestone_order)
                when journey = 'out_of_order' and milestone_order = swapped_order + 1
                    then lag(straight_at) over (partition by idx order by milestone_order)
                else straight_at end as occurred_at
        from timed
    )
    select idx, milestone_order, occurred_at,
        occurred_at + case when not is_stuck and draw('late' || milestone_order, idx) < {LATE_SHARE}
            then to_microseconds(((1 + 95 * draw('later' || milestone_order, idx)) * 3600000000)::bigint)
            else to_microseconds(((1 + 89 * draw('lag' || milestone_order, idx)) * 1000000)::bigint)
                end as received_at
    from bent
    where milestone_order <= stop_after and occurred_at is not null
        and not (journey = 'skipped' and steps >= 3 and milestone_order = skipped_order)
    """


def _milestone_rows(scale: Scale) -> str:
    """The completion and up to two later occurrences, with the ways in which a product names its customer."""
    return f"""
    with occurrences as (
        select completions.idx, completions.milestone_order, again, completions.occurred_at as first_at,
            case again when 0 then completions.occurred_at else completions.occurred_at
                + to_microseconds(((1 + 400 * draw('again' || again || milestone_order, idx))
                    * 3600000000)::bigint)
                end as occurred_at,
            completions.received_at
        from demo_completions as completions, unnest([0, 1, 2]) as times(again)
        where again = 0 or draw('repeat' || again || milestone_order, idx) < 0.45
    ),
    placed as (
        select occurrences.*, accounts.account_id, accounts.contacts, accounts.has_workspace,
            steps.source_name, steps.event_text,
            steps.event_slug, gone.account_id as merged_id,
            floor(greatest(accounts.contacts, 1)
                * draw('who' || again || occurrences.milestone_order, occurrences.idx))
                ::integer as place,
            draw('hinted' || again || occurrences.milestone_order, occurrences.idx) as hinted
        from occurrences
        join demo_accounts as accounts using (idx)
        join demo_steps as steps on steps.path_key = accounts.path_key
            and steps.milestone_order = occurrences.milestone_order
        left join demo_accounts as gone on gone.merged_into = occurrences.idx
    )
    select case again when 0 then received_at else occurred_at + interval 4 second end,
        occurred_at, source_name,
        'm-' || idx || '-' || milestone_order || '-' || again, event_text, event_slug,
        case when merged_id is not null and milestone_order % 2 = 0 then merged_id
            when source_name = 'mixpanel' and has_workspace then 'ws_' || idx
            when hinted < case source_name when 'segment' then 0.75 else 0.85 end then account_id end,
        {user_id_sql("idx", "place")}, null, case again when 0 then 'milestone' else 'repeat' end
    from placed
    where again = 0 or occurred_at <= timestamp '{scale.now}' + interval {FUTURE_HOURS} hour
    """


def _sign_up_rows() -> str:
    """Accounts whose CRM has no sign-up date are known by their first event, whatever its name."""
    return f"""
    select signed_up_at + interval 2 second, signed_up_at, 'segment', 's-' || idx, 'Trial Started',
        'trial_started',
        account_id, {user_id_sql("idx", "0")}, null, 'sign_up'
    from demo_accounts where trait = 'no_sign_up'
    """


def _broken_clock_rows(scale: Scale) -> str:
    """A device that says 1970, or three days hence: rows that must not count."""
    return f"""
    select received_at + interval 5 second,
        case when draw('broken_how', event_id) < 0.5 then timestamp '1970-01-01 00:00:07'
            else received_at + interval 3 day end,
        source_name, 'x' || event_id, event_text, event_slug, account_hint, user_id, anonymous_id,
            'broken_clock'
    from demo_wire
    where kind = 'milestone' and (draw('broken', event_id) < {BROKEN_CLOCK_SHARE}
        and received_at < timestamp '{scale.now}' - interval 1 hour)
    """


def _bot_rows(scale: Scale) -> str:
    """Load tests and crawlers: milestone events of nobody that the CRM knows."""
    return f"""
    with counted as (select greatest(12, (count(*) * {BOT_SHARE})::integer) as bots from demo_wire),
    named as (select *, row_number() over (order by path_key, milestone_order) - 1 as place,
        count(*) over () as names
        from demo_steps),
    timed as (
        select range as i, after_hours(timestamp '{scale.now}',
            {FUTURE_HOURS} - ({scale.days} * 24 - 24 + {FUTURE_HOURS}) * draw('bot_at', range)) as occurred_at
        from counted, range(bots)
    )
    select occurred_at + interval 3 second, occurred_at, source_name, 'b-' || i, event_text, event_slug,
        case when draw('bot_hint', i) < 0.3 then 'deleted-workspace-' || i % 40 end,
        case when draw('bot_user', i) < 0.5 then 'load-test-' || i % 9 end, 'anon-' || i, 'bot'
    from timed join named on place = floor(names * draw('bot_name', i))
    """
