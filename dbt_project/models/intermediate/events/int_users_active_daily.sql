{{ config(
    materialized='incremental',
    partition_by=partitioned_by('loaded_on', 'date', 'day'),
    cluster_by=clustered_by(['user_id']),
    incremental_strategy=append_strategy(),
    pre_hook='{{ forget_days_read_again() }}',
    on_schema_change='fail'
) }}

-- After the days were counted; depends_on: {{ ref('int_days_arriving') }}

with events as (

    select * from {{ ref('int_events_loaded') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Slices begin at midnight, so a day of loading is always counted whole and takes the place of what stood for it. Rows
-- that were never said to be loaded are read by every tick and stand under a day of their own.
activity_counted as (

    select
        events.source_name,
        coalesce(events.group_hint, '') as group_hint,
        coalesce(events.user_id, '') as user_id,
        cast(events.occurred_at as date) as active_on,
        events.loaded_on,
        min(events.occurred_at) as first_occurred_at,
        max(events.occurred_at) as last_occurred_at,
        cast(count(*) as bigint) as event_rows
    from events
    cross join as_of
    where
        events.unusable_reason is null
        and events.loaded_at <= as_of.tick_at
    group by
        events.source_name,
        coalesce(events.group_hint, ''),
        coalesce(events.user_id, ''),
        cast(events.occurred_at as date),
        events.loaded_on

),

final as (

    select * from activity_counted

)

select * from final
