{{ config(materialized='view') }}

{% set slices = slices_to_read(ref('int_events_unioned')) %}

with events as (

    select * from {{ ref('int_events_unioned') }}

),

-- The bounds are literals on the raw load time, so that the engine skips what was read before.
events_since_last_read as (

    select * from events
    {%- if slices %}
    where
        {{ is_in_slices(slices) }}
    {%- endif %}

),

final as (

    select * from events_since_last_read

)

select * from final
