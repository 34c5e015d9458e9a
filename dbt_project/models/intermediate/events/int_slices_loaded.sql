{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='source_name',
    on_schema_change='fail'
) }}

-- Written last, so that a tick that fails before has its slice read again.
-- depends_on: {{ ref('int_events_kept') }}
-- depends_on: {{ ref('int_users_active_daily') }}
-- depends_on: {{ ref('int_event_rows_daily') }}
-- depends_on: {{ ref('int_unusable_events_counted') }}
-- depends_on: {{ ref('int_identities_seen') }}
-- depends_on: {{ ref('int_event_names_kept') }}

with events as (

    select * from {{ ref('int_events_loaded') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

slices_read as (

    select
        events.source_name,
        max(events.loaded_at) as loaded_through,
        max(
            case
                when coalesce(events.unusable_reason, 'nobody') in ('nobody', 'no_event_name') then events.received_at
            end
        ) as received_through
    from events
    cross join as_of
    where events.loaded_at <= as_of.tick_at
    group by events.source_name

),

{% if is_incremental() -%}
slices_before as (

    select * from {{ this }}

),

slices_advanced as (

    select
        slices_read.source_name,
        coalesce(greatest(slices_read.loaded_through, slices_before.loaded_through), slices_read.loaded_through)
            as loaded_through,
        coalesce(
            greatest(slices_read.received_through, slices_before.received_through),
            slices_read.received_through,
            slices_before.received_through
        ) as received_through
    from slices_read
    left join slices_before
        on slices_read.source_name = slices_before.source_name

),

{% else -%}
slices_advanced as (

    select * from slices_read

),

{% endif -%}
final as (

    select
        slices_advanced.source_name,
        slices_advanced.loaded_through,
        slices_advanced.received_through,
        cast(cast(
            {{ add_microseconds('slices_advanced.loaded_through', '-1 * limits.slice_overlap_microseconds') }} as date
        ) as timestamp) as read_from,
        as_of.tick_at as written_at
    from slices_advanced
    cross join as_of
    cross join limits

)

select * from final
