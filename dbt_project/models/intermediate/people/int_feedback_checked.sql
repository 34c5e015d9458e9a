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
        feedback.occurred_at <= as_of.tick_at
        and coalesce(feedback.loaded_at, as_of.tick_at) <= as_of.tick_at

)

select * from final
