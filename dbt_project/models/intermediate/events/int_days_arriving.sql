-- Counted before anything else is read: a row that is loaded meanwhile makes its day differ, and is read again.
with events as (

    select * from {{ ref('int_events_loaded') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- A row that a fast clock has loaded ahead of time is not counted: its day differs from what is there and is read
-- again.
final as (

    select
        events.source_name,
        events.loaded_on,
        cast(count(*) as bigint) as event_rows
    from events
    cross join as_of
    where coalesce(events.loaded_at, as_of.tick_at) <= as_of.tick_at
    group by events.source_name, events.loaded_on

)

select * from final
