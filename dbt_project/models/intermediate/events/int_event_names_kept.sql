-- Written after the events themselves: a name stands here once its history was read.
-- depends_on: {{ ref('int_events_kept') }}

with event_names as (

    select * from {{ ref('int_event_names') }}

),

final as (

    select distinct event_name from event_names

)

select * from final
