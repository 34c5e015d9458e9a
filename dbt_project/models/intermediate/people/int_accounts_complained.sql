with feedback as (

    select * from {{ ref('int_feedback_resolved') }}

),

final as (

    select
        account_id,
        max(last_occurred_at) as last_complained_at
    from feedback
    where
        account_id <> ''
        and event_type in ({{ complaints() }})
    group by account_id

)

select * from final
