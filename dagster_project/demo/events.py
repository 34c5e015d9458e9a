"""Ordinary usage, and the raw tables of the three event products in their own shapes and in order of arrival.

Milestones and sign-ups come from `journeys`; who the accounts are from `accounts`. Arrival is cut into
chunks, so that a big world fits into little memory and the stored order equals the order of loading.
"""

from __future__ import annotations

import duckdb

from dagster_project.demo.accounts import FUTURE_HOURS, Scale
from dagster_project.demo.journeys import WIRE_COLUMNS, send_again
from dagster_project.demo.policy import DemoPolicy
from dagster_project.demo.progress import Progress

CHUNK_ROWS = 1_000_000
ORDINARY_EVENTS = {
    "segment": ("Page Viewed", "Logged In", "Dashboard Opened", "Search Performed", "Settings Changed",
                "Filter Applied", "Comment Added", "Help Article Opened"),
    "amplitude": ("Sync Started", "Sync Finished", "Dataset Viewed", "Column Mapped", "Query Run",
                  "Schema Refreshed"),
    "mixpanel": ("Report Viewed", "Chart Edited", "Report Shared", "Export Downloaded", "Schedule Saved"),
}  # fmt: skip

RAW_EVENT_TABLES = """
create schema segment; create schema amplitude; create schema mixpanel;
create table segment.tracks (id varchar, event varchar, event_text varchar, user_id varchar,
    anonymous_id varchar,
    context_group_id varchar, "timestamp" timestamp, received_at timestamp, uuid_ts timestamp);
create table amplitude.events (uuid varchar, insert_id varchar, user_id varchar, event_type varchar,
    event_time timestamp, server_upload_time timestamp, groups json, event_properties json,
        loaded_at timestamp);
create table mixpanel.events (insert_id varchar, event varchar, distinct_id varchar, "time" timestamp,
    mp_processing_time_ms bigint, properties json, loaded_at timestamp);
"""


def raw_event_inserts(rows: str, loaded_at: str) -> tuple[str, ...]:
    """Statements that append the neutral `rows` (a relation) to the three products; `loaded_at` is an
    expression that does not fall while `received_at` rises.
    """
    order = "order by received_at, event_id, kind"
    return (
        f"""insert into segment.tracks select event_id, event_slug, event_text, user_id,
        coalesce(anonymous_id, 'anon-' || user_id), account_hint, occurred_at, received_at, {loaded_at}
        from {rows} where source_name = 'segment' {order}""",
        f"""insert into amplitude.events select md5(event_id), event_id, user_id, event_text, occurred_at,
            received_at,
        case when account_hint is null then '{{}}' else '{{"company":' || to_json(account_hint) || '}}' end,
        '{{"platform":"web"}}', {loaded_at} from {rows} where source_name = 'amplitude' {order}""",
        f"""insert into mixpanel.events select event_id, event_text,
            coalesce(user_id, '$device:' || anonymous_id),
        occurred_at, epoch_ms(received_at), case when account_hint is null then '{{"$os":"Linux"}}'
        else '{{"company_id":' || to_json(account_hint) || '}}' end, {loaded_at}
        from {rows} where source_name = 'mixpanel' {order}""",
    )


def write_events(
    connection: duckdb.DuckDBPyConnection, policy: DemoPolicy, scale: Scale, progress: Progress
) -> None:
    """Fill the raw event tables up to `now` and `planted.future_events` with what arrives later."""
    connection.execute(RAW_EVENT_TABLES)
    connection.execute(f"create table planted.future_events ({WIRE_COLUMNS})")
    connection.execute("create or replace temp table demo_nobodies (rows bigint)")
    _plan_hours(connection, policy, scale)
    chunks = connection.execute(
        "select distinct chunk from demo_hours where chunk >= 0 order by chunk"
    ).fetchall()
    loaded_at = (
        f"least(time_bucket(interval 1 minute, received_at) + interval 1 minute, timestamp '{scale.now}')"
    )
    last = len(chunks) - 1
    for place, (chunk,) in enumerate(chunks):
        connection.execute(
            f"create or replace temp table demo_chunk as {_ordinary_rows(scale, f'chunk = {chunk}')}"
        )
        send_again(connection, "(select * exclude (is_resent) from demo_chunk where is_resent)", "true")
        bounds = connection.execute(
            f"select min(hour_at), max(hour_at) + interval 1 hour from demo_hours where chunk = {chunk}"
        ).fetchone()
        assert bounds is not None
        from_at = "timestamp '1900-01-01'" if place == 0 else f"timestamp '{bounds[0]}'"
        # An event at `now` itself is still history: the present is the last instant that is loaded.
        until = (
            f"received_at <= timestamp '{scale.now}'"
            if place == last
            else f"received_at < timestamp '{bounds[1]}'"
        )
        connection.execute(
            f"""create or replace temp view demo_arriving as
            select * exclude (is_resent) from demo_chunk
            union all by name select * from demo_wire where received_at >= {from_at} and {until}"""
        )
        for statement in raw_event_inserts("demo_arriving", loaded_at):
            connection.execute(statement)
        # Only nobodies carry an anonymous id of their own.
        connection.execute("insert into demo_nobodies select count(anonymous_id) from demo_arriving")
        progress("Writing events", 0.15 + 0.65 * (place + 1) / len(chunks))
    connection.execute(f"create or replace temp table demo_chunk as {_ordinary_rows(scale, 'chunk < 0')}")
    connection.execute(
        f"""insert into planted.future_events select * from (
        select * exclude (is_resent) from demo_chunk union all by name select * from demo_wire
        where received_at > timestamp '{scale.now}') order by received_at, event_id, kind"""
    )
    connection.execute("drop view demo_arriving; drop table demo_chunk")


def _plan_hours(connection: duckdb.DuckDBPyConnection, policy: DemoPolicy, scale: Scale) -> None:
    """How much happens in each hour: as many accounts as there are, less at night and at the weekend."""
    connection.execute(
        "create or replace temp table demo_active as select "
        "row_number() over (order by signed_up_at, idx) - 1 as rank, idx, account_id, contacts, "
        "has_workspace, signed_up_at from demo_accounts where has_life"
    )
    connection.execute(
        "create or replace temp table demo_names (source_name varchar, place integer, name varchar)"
    )
    connection.executemany(
        "insert into demo_names values (?, ?, ?)",
        [
            (source, place, name)
            for source, names in ORDINARY_EVENTS.items()
            for place, name in enumerate(name for name in names if name not in policy.names_on_paths)
        ],
    )
    row = connection.execute(
        f"select count(*) from demo_wire where received_at <= timestamp '{scale.now}'"
    ).fetchone()
    ordinary = max(scale.events - (row[0] if row else 0), 0)
    connection.execute(
        f"""
        create or replace temp table demo_hours as
        with hours as (
            select range as hour,
                timestamp '{scale.now}' - to_hours({scale.days} * 24) + to_hours(range) as hour_at
            from range({scale.days} * 24 + {FUTURE_HOURS})
        ),
        signed as (select signed_up_at, rank + 1 as accounts from demo_active),
        weighted as (
            select hour, hour_at, coalesce(accounts, 0) as accounts, coalesce(accounts, 0)
                * case when isodow(hour_at) > 5 then 0.3 else 1 end
                * case when extract('hour' from hour_at) between 7 and 18 then 1 else 0.25 end as weight
            from hours asof left join signed on hours.hour_at >= signed.signed_up_at
        ),
        past as (select greatest(sum(weight), 1) as total from weighted
            where hour_at < timestamp '{scale.now}'),
        placed as (
            select weighted.*, sum(weight) over (order by hour) / total * {ordinary} as through,
                (sum(weight) over (order by hour) - weight) / total * {ordinary} as before
            from weighted, past
        )
        select hour, hour_at, accounts, floor(through)::bigint - floor(before)::bigint as events,
            case when hour_at >= timestamp '{scale.now}' then -1 else floor(before / {CHUNK_ROWS})::integer
                end as chunk
        from placed
        """
    )


def _ordinary_rows(scale: Scale, hours: str) -> str:
    """Rows already in order of arrival; two hashes a row give every draw that it needs, by slices of their
    bits.
    """
    names = {
        source: f"(select count(*) from demo_names where source_name = '{source}')"
        for source in ORDINARY_EVENTS
    }
    return f"""
    with numbered as (
        select hour, hour_at, accounts, events, unnest(range(events)) as place from demo_hours
        where {hours} and accounts > 0 and events > 0
    ),
    drawn as (
        select *, md5_number_lower('{scale.seed}:o:' || hour || ':' || place) as one,
            md5_number_lower('{scale.seed}:p:' || hour || ':' || place) as two
        from numbered
    ),
    sliced as (
        select hour, place, accounts,
            (one & 16777215)::double / 16777216 as pick,
                ((one >> 44) & 1048575)::double / 1048576 as name_draw,
            ((one >> 24) & 1023) < 10 as is_resent,
            (two & 65535)::double / 65536 as user_draw, ((two >> 16) & 65535)::double / 65536 as late_draw,
            ((two >> 32) & 65535)::double / 65536 as hint_draw,
                ((two >> 48) & 65535)::double / 65536 as bot_draw,
            hour_at + to_microseconds(
                ((place + ((one >> 24) & 1048575)::double / 1048577) / events * 3600000000)::bigint) as
                    received_at
        from drawn
    ),
    chosen as (
        -- Half of all usage comes from every seventh account: some customers are busy, most are not.
        select *, case when pick < 0.5 then floor(pick * 2 * accounts)
                else floor((pick - 0.5) * 2 * ceil(accounts / 7)) * 7 end::bigint as rank,
            case when name_draw < 0.5 then 'segment' when name_draw < 0.75 then 'amplitude' else 'mixpanel'
                end as source_name,
            case when name_draw < 0.5 then floor(name_draw * 2 * {names["segment"]})
                when name_draw < 0.75 then floor((name_draw - 0.5) * 4 * {names["amplitude"]})
                else floor((name_draw - 0.75) * 4 * {names["mixpanel"]}) end::integer as name_place
        from sliced
    )
    select received_at,
        greatest(received_at - to_microseconds(case when late_draw < 0.98 then 1000000 + late_draw * 60000000
            else 864000000000 * pow((late_draw - 0.98) * 50, 2) end::bigint),
                least(signed_up_at, received_at)) as occurred_at,
        chosen.source_name, 'o-' || hour || '-' || chosen.place as event_id, name as event_text,
        replace(lower(name), ' ', '_') as event_slug,
        case when bot_draw < 0.015 then null
            when chosen.source_name = 'mixpanel' and has_workspace then 'ws_' || idx
            when hint_draw < 0.8 then account_id end as account_hint,
        case when bot_draw >= 0.015
            then 'user_' || idx || '_' || floor(user_draw * greatest(contacts, 1))::integer end as user_id,
        case when bot_draw < 0.015 then 'anon-' || hour || '-' || chosen.place end as anonymous_id,
        'ordinary' as kind, is_resent
    from chosen join demo_active using (rank)
    join demo_names on demo_names.source_name = chosen.source_name and demo_names.place = name_place
    """
