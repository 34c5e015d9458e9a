{{ config(materialized='view') }}

{% set slices = slice_state() %}

with events as (

    select * from {{ ref('int_events_unioned') }}

),

-- The bounds are literals on the raw load time, so that the engine skips what was read before.
events_since_last_read as (

    select * from events
    {%- if slices %}
    where
        {%- for slice in slices %}
        (
            source_name = '{{ slice.source_name }}'
            and (loaded_partition >= {{ instant_literal(slice.read_from | replace('T', ' ')) }} or loaded_partition is null)
        ) or
        {%- endfor %}
        source_name not in ({% for slice in slices %}'{{ slice.source_name }}'{{ ', ' if not loop.last }}{% endfor %})
    {%- endif %}

),

final as (

    select * from events_since_last_read

)

select * from final
