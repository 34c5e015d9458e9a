{{ config(
    materialized='incremental',
    cluster_by=clustered_by(['source_name', 'user_id']),
    incremental_strategy='merge',
    unique_key=['source_name', 'group_hint', 'user_id'],
    pre_hook='{{ forget_everything_when_rereading() }}',
    on_schema_change='fail'
) }}

-- After the days were counted; depends_on: {{ ref('int_days_arriving') }}

-- What was loaded before the day from which on events are read again is known by the days of activity;
-- depends_on: {{ ref('int_users_active_daily') }}

-- One or the other is read, so dbt has to be told:
-- depends_on: {{ ref('int_events_unioned') }}, {{ ref('int_events_loaded') }}

with events as (

    select * from {{ ref('int_events_loaded') if slice_state() else ref('int_events_unioned') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

{% if reread_from() -%}
identities as (

    select
        activity.source_name,
        activity.group_hint,
        case when activity.group_hint = '' then activity.user_id else '' end as user_id,
        min(activity.first_occurred_at) as first_occurred_at,
        max(as_of.tick_at) as seen_at
    from {{ ref('int_users_active_daily') }} as activity
    cross join as_of
    group by
        activity.source_name,
        activity.group_hint,
        case when activity.group_hint = '' then activity.user_id else '' end

),

{% else -%}
identities as (

    select
        events.source_name,
        coalesce(events.group_hint, '') as group_hint,
        {{ user_of_identity('events') }} as user_id,
        min(events.occurred_at) as first_occurred_at,
        max(as_of.tick_at) as seen_at
    from events
    cross join as_of
    where
        events.unusable_reason is null
        and events.loaded_at <= as_of.tick_at
    group by
        events.source_name,
        coalesce(events.group_hint, ''),
        {{ user_of_identity('events') }}

),

{% endif -%}
{% if is_incremental() -%}
identities_before as (

    select * from {{ this }}

),

{% endif -%}
final as (

    select identities.*
    from identities
    {% if is_incremental() -%}
    left join identities_before
        on
            identities.source_name = identities_before.source_name
            and identities.group_hint = identities_before.group_hint
            and identities.user_id = identities_before.user_id
    where
        identities_before.source_name is null
        or identities.first_occurred_at < identities_before.first_occurred_at
    {%- endif %}

)

select * from final
