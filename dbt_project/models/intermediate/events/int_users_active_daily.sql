{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key=['source_name', 'group_hint', 'user_id', 'active_on', 'loaded_on'],
    on_schema_change='fail'
) }}

with events as (

    select * from {{ ref('int_events_loaded') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Slices begin at midnight, so a day of loading is always counted whole.
activity_counted as (

    select
        events.source_name,
        coalesce(events.group_hint, '') as group_hint,
        coalesce(events.user_id, '') as user_id,
        cast(events.occurred_at as date) as active_on,
        cast(events.loaded_at as date) as loaded_on,
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
        cast(events.loaded_at as date)

),

{% if is_incremental() -%}
activity_before as (

    select * from {{ this }}

),

activity_changed as (

    select activity_counted.*
    from activity_counted
    left join activity_before
        on
            activity_counted.source_name = activity_before.source_name
            and activity_counted.group_hint = activity_before.group_hint
            and activity_counted.user_id = activity_before.user_id
            and activity_counted.active_on = activity_before.active_on
            and activity_counted.loaded_on = activity_before.loaded_on
    where
        activity_before.event_rows is null
        or activity_counted.event_rows <> activity_before.event_rows

),

{% endif -%}
final as (

    select * from {{ 'activity_changed' if is_incremental() else 'activity_counted' }}

)

select * from final
