-- Raw tables are read once a tick, here: a loader may write in between. Where everything is read there is no copy,
-- because it would cost more than all who read it.
with events as (

    select * from {{ ref('int_events_arriving') }}

),

final as (

    select * from events
    {%- if not slice_state() %}
    where 1 = 0
    {%- endif %}

)

select * from final
