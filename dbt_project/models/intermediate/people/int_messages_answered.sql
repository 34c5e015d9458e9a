{{ config(materialized='view') }}

-- What people did with a message, by whatever id the provider gave back.
with feedback as (

    select * from {{ ref('stg_feedback__message_events') }}

),

nudge_states as (

    select * from {{ ref('stg_nudges__nudge_states') }}
    where action = 'deliver'

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

feedback_known as (

    select feedback.*
    from feedback
    cross join as_of
    where
        {{ is_feedback_of_tick() }}

),

feedback_by_nudge as (

    select
        nudge_id,
        event_type,
        occurred_at
    from feedback_known
    where nudge_id is not null
    union all
    select
        nudge_states.nudge_id,
        feedback_known.event_type,
        feedback_known.occurred_at
    from feedback_known
    inner join nudge_states
        on feedback_known.provider_message_id = nudge_states.provider_ref

),

final as (

    select
        nudge_id,
        min(case when event_type = 'opened' then occurred_at end) as opened_at,
        min(case when event_type = 'clicked' then occurred_at end) as clicked_at,
        min(case
            when event_type in ('spam_reported', 'unsubscribed', 'dismissed', 'negative_reply', 'complaint_to_csm')
                then occurred_at
        end) as negative_feedback_at,
        min(case when event_type = 'bounced' then occurred_at end) as bounced_at,
        min(case when event_type = 'unsubscribed' then occurred_at end) as unsubscribed_at,
        min(case when event_type in ('spam_reported', 'complaint_to_csm') then occurred_at end) as complained_at,
        min(case when event_type = 'dismissed' then occurred_at end) as dismissed_at,
        min(case when event_type = 'negative_reply' then occurred_at end) as replied_negatively_at
    from feedback_by_nudge
    group by nudge_id

)

select * from final
