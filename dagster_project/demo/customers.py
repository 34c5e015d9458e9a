"""The CRM (accounts, contacts, aliases), the group calls, and all tables of the raw contract that hold no
events.

One statement per table, from the temp table `demo_accounts`; rows that belong to the future go to
`planted.future_*` tables with the same columns and the instant of their release. Stories decide who gets what
(`stories`).
"""

from __future__ import annotations

import duckdb

from dagster_project.demo.accounts import Scale
from dagster_project.demo.happenings import happening_inserts
from dagster_project.demo.journeys import user_id_sql
from dagster_project.demo.names import (
    CSM_NAMES,
    FAMILY_NAMES,
    FIRST_WORDS,
    GIVEN_NAMES,
    PLACES,
    SECOND_WORDS,
    pick_sql,
)
from dagster_project.demo.policy import DEFAULT_PATH, DemoPolicy
from dagster_project.demo.progress import Progress

ACCOUNT_COLUMNS = (
    "account_id varchar, account_name varchar, signed_up_at timestamp, plan varchar, segment varchar, "
    "path_key varchar, seats integer, country_code varchar, csm_name varchar, csm_email varchar, "
    "csm_slack_id varchar, timezone varchar, is_internal boolean, churned_at timestamp, "
    "onboarding_cycle integer, cycle_started_at timestamp, updated_at timestamp"
)
CONTACT_COLUMNS = (
    "contact_id varchar, account_id varchar, user_id varchar, email varchar, full_name varchar, "
    "role varchar, timezone varchar, email_consent boolean, unsubscribed_at timestamp, "
    "hard_bounced_at timestamp, last_seen_at timestamp, updated_at timestamp"
)
GROUP_COLUMNS = (
    'id varchar, user_id varchar, group_id varchar, "timestamp" timestamp, '
    "received_at timestamp, uuid_ts timestamp"
)
RAW_TABLES = f"""
create schema crm; create schema integrations; create schema feedback; create schema loader;
create table crm.accounts ({ACCOUNT_COLUMNS});
create table crm.contacts ({CONTACT_COLUMNS});
create table segment.groups ({GROUP_COLUMNS});
create table crm.account_aliases (source_name varchar, external_id varchar, account_id varchar,
    updated_at timestamp);
create table crm.account_holds (account_id varchar, reason varchar, held_from timestamp, held_until timestamp,
    noted_by varchar);
create table crm.account_touches (touch_id varchar, account_id varchar, nudge_id varchar, kind varchar,
    occurred_at timestamp, until_at timestamp, noted_by varchar, loaded_at timestamp);
create table integrations.sync_runs (sync_run_id varchar, account_id varchar, integration varchar,
    status varchar,
    error_code varchar, error_message varchar, log_url varchar, finished_at timestamp, loaded_at timestamp);
create table feedback.message_events (event_id varchar, nudge_id varchar, provider_message_id varchar,
    contact_id varchar, provider varchar, event_type varchar, occurred_at timestamp, loaded_at timestamp);
create table loader.heartbeats (source_name varchar, synced_through timestamp, loaded_at timestamp);
create table planted.future_accounts ({ACCOUNT_COLUMNS}, release_at timestamp, reserve_place integer);
create table planted.future_contacts ({CONTACT_COLUMNS}, release_at timestamp, reserve_place integer);
create table planted.future_groups ({GROUP_COLUMNS}, release_at timestamp, reserve_place integer);
create table planted.reserve (place integer, account_id varchar, is_treated boolean, seconds_ago double);
create table planted.late_entries (place integer, window_number bigint);
create table planted.releases (window_number bigint, released_at timestamp, rows bigint);
"""
HEARTBEAT_SOURCES = ("segment", "amplitude", "mixpanel", "crm", "integrations", "feedback")


def write_customers(
    connection: duckdb.DuckDBPyConnection, policy: DemoPolicy, scale: Scale, progress: Progress
) -> None:
    """Create and fill every table of the raw contract that is not an event table."""
    connection.execute(RAW_TABLES)
    segments = [name for name in ("startup", "smb", "mid_market") if name not in policy.path_keys] or [
        "other"
    ]
    connection.execute(f"create or replace temp table demo_crm_accounts as {_accounts(scale, segments)}")
    connection.execute(f"create or replace temp table demo_crm_contacts as {_contacts(scale)}")
    connection.execute(f"create or replace temp table demo_crm_groups as {_groups()}")
    for place, (name, target) in enumerate(
        (("accounts", "crm.accounts"), ("contacts", "crm.contacts"), ("groups", "segment.groups"))
    ):
        progress("Writing customers", 0.84 + 0.02 * place)
        order = (
            "received_at, id"
            if name == "groups"
            else "updated_at, account_id" + (", contact_id" * (name == "contacts"))
        )
        connection.execute(
            f"insert into {target} select * exclude (release_at, reserve_place) from demo_crm_{name} "
            f"where release_at <= timestamp '{scale.now}' and reserve_place is null order by {order}"
        )
        connection.execute(
            f"insert into planted.future_{name} select * from demo_crm_{name} "
            f"where release_at > timestamp '{scale.now}' or reserve_place is not null "
            f"order by release_at, reserve_place, {order}"
        )
    statements = (_aliases(scale), _reserve(policy), *happening_inserts(scale))
    for place, statement in enumerate(statements):
        progress("Writing customers", 0.9 + 0.05 * place / len(statements))
        connection.execute(statement)
    connection.executemany(
        f"insert into loader.heartbeats values (?, timestamp '{scale.now}', timestamp '{scale.now}')",
        [(source,) for source in HEARTBEAT_SOURCES],
    )


def _accounts(scale: Scale, segments: list[str]) -> str:
    place = f"1 + floor({len(PLACES)} * draw('place', idx))::integer"
    words = len(FIRST_WORDS) * len(SECOND_WORDS)
    csms = max(3, min(scale.accounts // 50, 60))
    csm = f"floor({csms} * draw('csm', idx))::integer"
    return f"""
    with named as (
        select *, {csm} as csm, (idx * 7919) % {words} as word, idx // {words} as round,
            -- Both arms evenly spread over the reserve: no stretch of it is without a treated account.
            (row_number() over (partition by population, arm order by idx) - 0.5)
                / count(*) over (partition by population, arm) as arm_share
        from demo_accounts
    )
    select account_id,
        {pick_sql(FIRST_WORDS, f"(word // {len(SECOND_WORDS)} + 0.5) / {len(FIRST_WORDS)}")} || ' '
            || {pick_sql(SECOND_WORDS, f"(word % {len(SECOND_WORDS)} + 0.5) / {len(SECOND_WORDS)}")}
            || case when round > 0 then ' ' || (round + 1) else '' end as account_name,
        case when trait <> 'no_sign_up' then signed_up_at end as signed_up_at,
        {pick_sql(["trial", "team", "business"], "draw('plan', idx)")} as plan,
        case when path_key <> 'default' then path_key else {pick_sql(segments, "draw('segment', idx)")}
            end as segment,
        case when path_key <> 'default' and draw('named_path', idx) < 0.5 then path_key end as path_key,
        (3 + 240 * pow(draw('seats', idx), 4))::integer as seats,
        {pick_sql([country for country, _ in PLACES], f"({place} - 0.5) / {len(PLACES)}")} as country_code,
        {pick_sql(CSM_NAMES, f"(csm % {len(CSM_NAMES)} + 0.5) / {len(CSM_NAMES)}")}
            || case when csm >= {len(CSM_NAMES)} then ' ' || (csm // {len(CSM_NAMES)} + 1) else ''
                end as csm_name,
        'csm' || (csm + 1) || '@vendor.example' as csm_email,
            'U0DEMO' || lpad((csm + 1)::varchar, 4, '0') as csm_slack_id,
        {pick_sql([zone for _, zone in PLACES], f"({place} - 0.5) / {len(PLACES)}")} as timezone,
        trait = 'internal' as is_internal,
        case when trait = 'churned' then least(after_hours(signed_up_at, 24 * (5 + 20 * draw('churn', idx))),
            timestamp '{scale.now}' - interval 1 hour) end as churned_at,
        1 as onboarding_cycle, null::timestamp as cycle_started_at,
        greatest(least(signed_up_at, timestamp '{scale.now}') + interval 3 minute,
            timestamp '{scale.now}' - to_microseconds((72 * 3600000000 * draw('updated', idx))::bigint))
            - case when signed_up_at > timestamp '{scale.now}' - interval 3 minute then interval 3 minute
                else interval 0 minute end
            as updated_at,
        case when population = 'future' then signed_up_at + interval 1 minute
            else least(signed_up_at, timestamp '{scale.now}') end
            as release_at,
        case when population = 'reserve'
            then row_number() over (partition by population order by arm_share, idx) end
            as reserve_place
    from named
    """


def _contacts(scale: Scale) -> str:
    """People of one account say the same about email, each in one of three ways: a date, an answer, a no."""
    return f"""
    with people as (
        select accounts.*, crm.timezone as zone, crm.release_at, crm.reserve_place,
            unnest(range(contacts)) as place
        from demo_accounts as accounts join demo_crm_accounts as crm using (account_id)
    ),
    drawn as (
        select *, idx * 8 + place as person,
            {pick_sql(GIVEN_NAMES, "draw('given', idx * 8 + place)")} as given_name,
            {pick_sql(FAMILY_NAMES, "draw('family', idx * 8 + place)")} as family_name from people
    )
    select 'contact_' || idx || '_' || place as contact_id, account_id,
        {user_id_sql("idx", "place")} as user_id,
        lower(given_name || '.' || family_name) || case when place > 0 then place::varchar else '' end
            || '@customer' || idx || '.example' as email,
        given_name || ' ' || family_name as full_name,
        case when place = 0 then 'admin'
            else {pick_sql(["member", "analyst", "admin", "billing"], "draw('role', person)")} end as role,
        zone as timezone,
        case when trait = 'no_consent' then null
            when trait = 'opted_out' and draw('opt', idx) >= 0.67 then false else true end as email_consent,
        case when trait = 'opted_out' and draw('opt', idx) < 0.34
            then timestamp '{scale.now}' - to_hours((6 + 300 * draw('opted', person))::integer)
                end as unsubscribed_at,
        case when trait = 'bounced'
            then timestamp '{scale.now}' - to_hours((6 + 300 * draw('bounced', person))::integer) end
            as hard_bounced_at,
        case when population = 'history' then timestamp '{scale.now}' - to_seconds(greatest(60, least(
            (86400 * 12 * pow(draw('seen', person), 2))::integer,
            epoch(timestamp '{scale.now}') - epoch(least(signed_up_at, timestamp '{scale.now}')) )::bigint))
                end as last_seen_at,
        least(signed_up_at, timestamp '{scale.now}') as updated_at, release_at, reserve_place
    from drawn
    """


def _groups() -> str:
    """The group call comes a few minutes after the first events, and not from every user."""
    return f"""
    with users as (
        select accounts.*, crm.release_at as account_release_at, crm.reserve_place,
            unnest(range(greatest(contacts, 1))) as place
        from demo_accounts as accounts join demo_crm_accounts as crm using (account_id)
        where trait not in ('signs_up_later', 'merged_away')
    )
    select 'g-' || idx || '-' || place as id, {user_id_sql("idx", "place")} as user_id,
        account_id as group_id,
        signed_up_at + to_seconds((600 * draw('grouped_at', idx * 8 + place))::bigint) as "timestamp",
        signed_up_at + to_seconds((600 * draw('grouped_at', idx * 8 + place))::bigint + 3) as received_at,
        signed_up_at + to_seconds((600 * draw('grouped_at', idx * 8 + place))::bigint + 63) as uuid_ts,
        signed_up_at + to_seconds((600 * draw('grouped_at', idx * 8 + place))::bigint + 63) as release_at,
            reserve_place
    from users where contacts = 0 or draw('grouped', idx * 8 + place) < 0.8
    """


def _aliases(scale: Scale) -> str:
    return f"""
    insert into crm.account_aliases
    select 'crm', gone.account_id, kept.account_id, timestamp '{scale.now}' - interval 2 day
    from demo_accounts as gone join demo_accounts as kept on gone.merged_into = kept.idx
    union all
    select 'mixpanel', 'ws_' || idx, account_id, least(signed_up_at, timestamp '{scale.now}')
    from demo_accounts where has_workspace and has_life
    order by 4, 2
    """


def _reserve(policy: DemoPolicy) -> str:
    """Accounts that the feeder enters late: their first milestone has slipped and its first nudge is due by
    then.
    """
    first = next(step for step in policy.steps if step.path_key == DEFAULT_PATH)
    hours = first.slip_hours + policy.first_delay_hours
    return f"""
    insert into planted.reserve
    select reserve_place, account_id, coalesce(arm = 'treatment', false),
        {hours} * 3600 + 60 + floor(1800 * draw('entered', idx))
    from demo_accounts join demo_crm_accounts using (account_id) where population = 'reserve'
        order by reserve_place
    """
