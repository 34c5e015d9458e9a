{{ config(materialized='view') }}

-- depends_on: {{ ref('int_events_copied') }}, {{ ref('int_events_arriving') }}
with events as (

    select * from {{ ref('int_events_copied') if slice_state() else ref('int_events_arriving') }}

),

final as (

    select
        source_name,
        event_id,
        event_name,
        event_text,
        user_id,
        group_hint,
        unusable_reason,
        occurred_at,
        received_at,
        loaded_at,
        coalesce(cast(loaded_partition as date), cast('1970-01-01' as date)) as loaded_on
    from events

)

select * from final
