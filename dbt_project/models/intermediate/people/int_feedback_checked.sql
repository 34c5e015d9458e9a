-- An empty table tells no more of complaints than one that is not there.
with feedback as (

    select * from {{ ref('stg_feedback__message_events') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

final as (

    select count(feedback.occurred_at) > 0 as has_feedback
    from as_of
    left join feedback
        on
            as_of.tick_at >= feedback.occurred_at
            and as_of.tick_at >= coalesce(feedback.loaded_at, as_of.tick_at)

)

select * from final
