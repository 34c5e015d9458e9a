"""The optional tables of the raw contract besides events: CRM, integrations, feedback, heartbeats.

One statement per table, from the temp table `demo_accounts`; rows that belong to the future go to `demo.future_*`
tables with the same columns and the instant of their release. Stories decide who gets what (`stories`).
"""

from __future__ import annotations

import duckdb

from dagster_project.demo.accounts import Scale
from dagster_project.demo.journeys import user_id_sql

ACCOUNT_COLUMNS = (
    "account_id varchar, account_name varchar, signed_up_at timestamp, plan varchar, segment varchar, path_key varchar, "
    "seats integer, country_code varchar, csm_name varchar, csm_email varchar, csm_slack_id varchar, timezone varchar, "
    "is_internal boolean, churned_at timestamp, onboarding_cycle integer, cycle_started_at timestamp, updated_at timestamp"
)
CONTACT_COLUMNS = (
    "contact_id varchar, account_id varchar, user_id varchar, email varchar, full_name varchar, role varchar, "
    "timezone varchar, email_consent boolean, unsubscribed_at timestamp, hard_bounced_at timestamp, "
    "last_seen_at timestamp, updated_at timestamp"
)
GROUP_COLUMNS = 'id varchar, user_id varchar, group_id varchar, "timestamp" timestamp, received_at timestamp, uuid_ts timestamp'
RAW_TABLES = f"""
create schema crm; create schema integrations; create schema feedback; create schema loader;
create table crm.accounts ({ACCOUNT_COLUMNS});
create table crm.contacts ({CONTACT_COLUMNS});
create table segment.groups ({GROUP_COLUMNS});
create table crm.account_aliases (source_name varchar, external_id varchar, account_id varchar, updated_at timestamp);
create table crm.account_holds (account_id varchar, reason varchar, held_from timestamp, held_until timestamp,
    noted_by varchar);
create table crm.account_touches (touch_id varchar, account_id varchar, nudge_id varchar, kind varchar,
    occurred_at timestamp, until_at timestamp, noted_by varchar, loaded_at timestamp);
create table integrations.sync_runs (sync_run_id varchar, account_id varchar, integration varchar, status varchar,
    error_code varchar, error_message varchar, log_url varchar, finished_at timestamp, loaded_at timestamp);
create table feedback.message_events (event_id varchar, nudge_id varchar, provider_message_id varchar,
    contact_id varchar, provider varchar, event_type varchar, occurred_at timestamp, loaded_at timestamp);
create table loader.heartbeats (source_name varchar, synced_through timestamp, loaded_at timestamp);
create table demo.future_accounts ({ACCOUNT_COLUMNS}, release_at timestamp, reserve_place integer);
create table demo.future_contacts ({CONTACT_COLUMNS}, release_at timestamp, reserve_place integer);
create table demo.future_groups ({GROUP_COLUMNS}, release_at timestamp, reserve_place integer);
"""
HEARTBEAT_SOURCES = ("segment", "amplitude", "mixpanel", "crm", "integrations", "feedback")

FIRST_WORDS = ("Alder Amber Arctic Aspen Atlas Beacon Birch Bright Cedar Cobalt Coral Crescent Delta Ember Falcon Fern "
               "Garnet Harbor Hazel Indigo Juniper Keystone Lumen Maple Meridian Nimbus North Ocean Onyx Orchid Pine "
               "Quartz Raven River Sable Summit Timber Umber Vector Willow").split()  # fmt: skip
SECOND_WORDS = ("Analytics Bank Biotech Clinics Cloud Commerce Dental Energy Foods Freight Games Health Insurance Labs "
                "Legal Logistics Media Mobility Motors Partners Payments Retail Robotics Software Solar Studios "
                "Systems Travel Ventures Works").split()  # fmt: skip
GIVEN_NAMES = ("Ada Amir Anna Ben Carla Chen Dana Elif Emma Farid Grace Hugo Ines Ivan Jonas Kim Lea Luca Maya Mei "
               "Nadia Noah Olga Omar Priya Rosa Sami Sofia Tom Yuki").split()  # fmt: skip
FAMILY_NAMES = ("Abbott Adler Becker Bianchi Costa Dubois Eriksen Fischer Garcia Hansen Ito Jensen Kaya Khan Larsen "
                "Lopez Meyer Moreau Nguyen Novak Okafor Patel Rossi Sato Silva Smith Taylor Weber Wolf Young").split()  # fmt: skip
CSM_NAMES = ("Alice Marsh", "Bruno Keller", "Chiara Conti", "Daniel Osei", "Elena Petrova", "Femi Adeyemi",
             "Greta Lindqvist", "Hiro Tanaka")  # fmt: skip
PLACES = (("US", "America/New_York"), ("US", "America/Los_Angeles"), ("US", "America/Chicago"), ("GB", "Europe/London"),
          ("DE", "Europe/Berlin"), ("FR", "Europe/Paris"), ("IN", "Asia/Kolkata"), ("AU", "Australia/Sydney"))  # fmt: skip
FAILURES = (
    (
        "salesforce",
        "oauth_token_expired",
        "OAuth refresh token for Salesforce expired; the customer has to reconnect",
    ),
    (
        "postgres",
        "connection_timeout",
        "Could not reach db.internal:5432 within 30 s; is our address on the allow list?",
    ),
    ("snowflake", "permission_denied", "Role ANALYST lacks USAGE on warehouse LOADING"),
    ("hubspot", "rate_limited", "HubSpot answered 429 for 40 minutes; the daily quota of the key is used up"),
    ("google_sheets", "schema_mismatch", "Column 'close_date' changed from DATE to TEXT in row 1214"),
)


def write_customers(connection: duckdb.DuckDBPyConnection, scale: Scale, path_keys: tuple[str, ...]) -> None:
    """Create and fill every table of the raw contract that is not an event table."""
    connection.execute(RAW_TABLES)
    segments = [name for name in ("startup", "smb", "mid_market") if name not in path_keys] or ["other"]
    connection.execute(f"create or replace temp table demo_crm_accounts as {_accounts(scale, segments)}")
    connection.execute(f"create or replace temp table demo_crm_contacts as {_contacts(scale)}")
    connection.execute(f"create or replace temp table demo_crm_groups as {_groups()}")
    for name, target in (
        ("accounts", "crm.accounts"),
        ("contacts", "crm.contacts"),
        ("groups", "segment.groups"),
    ):
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
            f"insert into demo.future_{name} select * from demo_crm_{name} "
            f"where release_at > timestamp '{scale.now}' or reserve_place is not null "
            f"order by release_at, reserve_place, {order}"
        )
    for statement in (_aliases(scale), _holds(scale), _touches(scale), _sync_runs(scale), _feedback(scale)):
        connection.execute(statement)
    connection.executemany(
        f"insert into loader.heartbeats values (?, timestamp '{scale.now}', timestamp '{scale.now}')",
        [(source,) for source in HEARTBEAT_SOURCES],
    )


def _pick(values: tuple[str, ...] | list[str], share: str) -> str:
    literal = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return f"[{literal}][1 + floor({len(values)} * {share})::integer]"


def _accounts(scale: Scale, segments: list[str]) -> str:
    place = f"1 + floor({len(PLACES)} * draw('place', idx))::integer"
    words = len(FIRST_WORDS) * len(SECOND_WORDS)
    csms = max(3, min(scale.accounts // 50, 60))
    csm = f"floor({csms} * draw('csm', idx))::integer"
    return f"""
    with named as (
        select *, {csm} as csm, (idx * 7919) % {words} as word, idx // {words} as round from demo_accounts
    )
    select account_id,
        {_pick(FIRST_WORDS, f"(word // {len(SECOND_WORDS)} + 0.5) / {len(FIRST_WORDS)}")} || ' '
            || {_pick(SECOND_WORDS, f"(word % {len(SECOND_WORDS)} + 0.5) / {len(SECOND_WORDS)}")}
            || case when round > 0 then ' ' || (round + 1) else '' end as account_name,
        case when trait <> 'no_sign_up' then signed_up_at end as signed_up_at,
        {_pick(["trial", "team", "business"], "draw('plan', idx)")} as plan,
        case when path_key <> 'default' then path_key else {_pick(segments, "draw('segment', idx)")} end as segment,
        case when path_key <> 'default' and draw('named_path', idx) < 0.5 then path_key end as path_key,
        (3 + 240 * pow(draw('seats', idx), 4))::integer as seats,
        {_pick([country for country, _ in PLACES], f"({place} - 0.5) / {len(PLACES)}")} as country_code,
        {_pick(CSM_NAMES, f"(csm % {len(CSM_NAMES)} + 0.5) / {len(CSM_NAMES)}")}
            || case when csm >= {len(CSM_NAMES)} then ' ' || (csm // {len(CSM_NAMES)} + 1) else '' end as csm_name,
        'csm' || (csm + 1) || '@vendor.example' as csm_email, 'U0DEMO' || lpad((csm + 1)::varchar, 4, '0') as csm_slack_id,
        {_pick([zone for _, zone in PLACES], f"({place} - 0.5) / {len(PLACES)}")} as timezone,
        trait = 'internal' as is_internal,
        case when trait = 'churned' then least(after_hours(signed_up_at, 24 * (5 + 20 * draw('churn', idx))),
            timestamp '{scale.now}' - interval 1 hour) end as churned_at,
        1 as onboarding_cycle, null::timestamp as cycle_started_at,
        greatest(least(signed_up_at, timestamp '{scale.now}') + interval 3 minute,
            timestamp '{scale.now}' - to_microseconds((72 * 3600000000 * draw('updated', idx))::bigint))
            - case when signed_up_at > timestamp '{scale.now}' - interval 3 minute then interval 3 minute else interval 0 minute end
            as updated_at,
        case when population = 'future' then signed_up_at + interval 1 minute else least(signed_up_at, timestamp '{scale.now}') end
            as release_at,
        case when population = 'reserve' then row_number() over (partition by population order by idx) end as reserve_place
    from named
    """


def _contacts(scale: Scale) -> str:
    """A second person of some accounts says no to email: who else is reachable is the pipeline's business."""
    return f"""
    with people as (
        select accounts.*, crm.timezone as zone, crm.release_at, crm.reserve_place, unnest(range(contacts)) as place
        from demo_accounts as accounts join demo_crm_accounts as crm using (account_id)
    ),
    drawn as (
        select *, idx * 8 + place as person, {_pick(GIVEN_NAMES, "draw('given', idx * 8 + place)")} as given_name,
            {_pick(FAMILY_NAMES, "draw('family', idx * 8 + place)")} as family_name from people
    )
    select 'contact_' || idx || '_' || place as contact_id, account_id, {user_id_sql("idx", "place")} as user_id,
        lower(given_name || '.' || family_name) || case when place > 0 then place::varchar else '' end
            || '@customer' || idx || '.example' as email,
        given_name || ' ' || family_name as full_name,
        case when place = 0 then 'admin' else {_pick(["member", "analyst", "admin", "billing"], "draw('role', person)")} end as role,
        zone as timezone,
        case when trait = 'no_consent' then case when draw('consent', person) < 0.5 then false end
            when place > 0 and draw('consent', person) < 0.15 then false else true end as email_consent,
        case when trait = 'opted_out' and draw('opt', idx) < 0.5
            then timestamp '{scale.now}' - to_hours((6 + 300 * draw('opted', person))::integer) end as unsubscribed_at,
        case when trait = 'bounced' then timestamp '{scale.now}' - to_hours((6 + 300 * draw('bounced', person))::integer) end
            as hard_bounced_at,
        case when population = 'history' then timestamp '{scale.now}' - to_seconds(greatest(60, least(
            (86400 * 12 * pow(draw('seen', person), 2))::integer,
            epoch(timestamp '{scale.now}') - epoch(least(signed_up_at, timestamp '{scale.now}')) )::bigint)) end as last_seen_at,
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
    select 'g-' || idx || '-' || place as id, {user_id_sql("idx", "place")} as user_id, account_id as group_id,
        signed_up_at + to_seconds((600 * draw('grouped_at', idx * 8 + place))::bigint) as "timestamp",
        signed_up_at + to_seconds((600 * draw('grouped_at', idx * 8 + place))::bigint + 3) as received_at,
        signed_up_at + to_seconds((600 * draw('grouped_at', idx * 8 + place))::bigint + 63) as uuid_ts,
        signed_up_at + to_seconds((600 * draw('grouped_at', idx * 8 + place))::bigint + 63) as release_at, reserve_place
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


def _holds(scale: Scale) -> str:
    """A hold before the slip stops the clock; one after it leaves the slip and pauses the nudges."""
    return f"""
    insert into crm.account_holds
    select account_id,
        case trait when 'hold_open' then 'legal review' when 'hold_current' then 'champion on holiday' else 'procurement' end,
        case trait when 'hold_open' then after_hours(slips_at, -0.5 * slip_hours)
            when 'hold_current' then timestamp '{scale.now}' - interval 12 hour
            else after_hours(signed_up_at, 10) end,
        case trait when 'hold_current' then timestamp '{scale.now}' + interval 5 day
            when 'hold_past' then after_hours(signed_up_at, 34) end,
        'csm'
    from demo_accounts where trait in ('hold_open', 'hold_current', 'hold_past') order by 3, 1
    """


def _touches(scale: Scale) -> str:
    """The CSM was there after the slip."""
    return f"""
    insert into crm.account_touches
    select 'touch_' || idx, account_id, null,
        case trait when 'with_csm' then {_pick(["meeting", "call", "customer_reply"], "draw('touch', idx)")} else trait end,
        touched_at, case trait when 'snoozed' then timestamp '{scale.now}' + interval 4 day end, 'csm',
        touched_at + interval 5 minute
    from (select *, timestamp '{scale.now}' - to_minutes((30 + 90 * draw('touched', idx))::bigint) as touched_at
        from demo_accounts where trait in ('with_csm', 'handled', 'snoozed'))
    order by touched_at, idx
    """


def _sync_runs(scale: Scale) -> str:
    """A run every few hours in the first days; where the integration fails, the newest run says why."""
    failure = f"1 + floor({len(FAILURES)} * draw('failure', idx))::integer"
    integrations, codes, messages = (list(values) for values in zip(*FAILURES, strict=True))
    share = f"({failure} - 0.5) / {len(FAILURES)}"
    return f"""
    insert into integrations.sync_runs
    with connected as (
        select idx, min(received_at) as connected_at from demo_completions join demo_accounts using (idx)
        join demo_steps using (path_key, milestone_order) where is_integration group by idx
    ),
    started as (
        select accounts.*, connected_at from demo_accounts as accounts left join connected using (idx)
        where population = 'history' and has_life and (has_failing_integration or connected_at <= timestamp '{scale.now}')
    ),
    runs as (
        select *, place, case when has_failing_integration then after_hours(signed_up_at, 0.5) else connected_at end
            + to_minutes((place * 170 + 25 * draw('run' || place, idx))::bigint) as finished_at
        from started, unnest(range(12)) as attempts(place)
    ),
    told as (
        select *, has_failing_integration or place < 11 and draw('flaky' || place, idx) < 0.05 as is_failed
        from runs where finished_at <= timestamp '{scale.now}' - interval 1 minute
    )
    select 'run-' || idx || '-' || place, account_id, {_pick(integrations, share)},
        case when is_failed then 'failed' else 'succeeded' end,
        case when is_failed then {_pick(codes, share)} end, case when is_failed then {_pick(messages, share)} end,
        'https://logs.vendor.example/runs/' || idx || '/' || place, finished_at, finished_at + interval 30 second
    from told order by finished_at, idx, place
    """


def _feedback(scale: Scale) -> str:
    """What people did with the product's earlier mails, before the agent came."""
    return f"""
    insert into feedback.message_events
    with told as (
        select idx, contact_id, 'unsubscribed' as event_type from demo_accounts join demo_crm_contacts using (account_id)
        where trait = 'opted_out' and draw('opt', idx) >= 0.5
        union all
        select idx, contact_id, {_pick(["complaint_to_csm", "spam_reported", "negative_reply"], "draw('complaint', idx)")}
        from demo_accounts join demo_crm_contacts using (account_id) where trait = 'complaint' and contact_id like '%\\_0' escape '\\'
        union all
        select idx, contact_id, kind from demo_accounts join demo_crm_contacts using (account_id),
            unnest(['delivered', 'opened', 'clicked']) as kinds(kind)
        where population = 'history' and contact_id like '%\\_0' escape '\\' and signed_up_at < timestamp '{scale.now}' - interval 2 hour
            and draw('mail' || kind, idx) < case kind when 'delivered' then 0.9 when 'opened' then 0.4 else 0.1 end
    ),
    timed as (
        select *, case when event_type in ('delivered', 'opened', 'clicked')
            then timestamp '{scale.now}' - to_minutes((2 + 5000 * draw('mailed' || event_type, idx))::bigint)
            else timestamp '{scale.now}' - to_minutes((60 + 600 * draw('said', idx))::bigint) end as occurred_at from told
    )
    select 'f-' || contact_id || '-' || event_type, null, 'mail-' || contact_id, contact_id, 'hubspot', event_type,
        occurred_at, occurred_at + interval 2 minute
    from timed order by occurred_at, contact_id, event_type
    """
