-- An empty table tells no more of complaints than one that is not there.
with feedback as (

    select * from {{ ref('stg_feedback__message_events') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

final as (

    select count(*) > 0 as has_feedback
    from feedback
    cross join as_of
    where
        {{ is_feedback_of_tick() }}

)

select * from final
