{{ config(
    materialized='incremental',
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

events_known as (

    select
        events.source_name,
        events.event_id,
        events.unusable_reason,
        events.loaded_on
    from events
    cross join as_of
    where coalesce(events.loaded_at, as_of.tick_at) <= as_of.tick_at

),

unusable_counted as (

    select
        source_name,
        unusable_reason as reason,
        loaded_on,
        cast(count(*) as bigint) as raw_rows
    from events_known
    where unusable_reason is not null
    group by source_name, unusable_reason, loaded_on

),

duplicates_counted as (

    select
        source_name,
        'duplicate' as reason,
        loaded_on,
        cast(count(event_id) - count(distinct event_id) as bigint) as raw_rows
    from events_known
    group by source_name, loaded_on
    having count(event_id) > count(distinct event_id)

),

final as (

    select * from unusable_counted
    union all
    select * from duplicates_counted

)

select * from final
