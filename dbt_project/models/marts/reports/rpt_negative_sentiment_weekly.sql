{{ config(materialized='table', tags=['report']) }}

{% set settles_after_days = 7 %}

with nudge_states as (

    select * from {{ ref('stg_nudges__nudge_states') }}
    where action = 'deliver' and sent_at is not null

),

answers as (

    select * from {{ ref('int_messages_answered') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- What bounced was read by nobody: neither a message that arrived nor one that can annoy.
messages_delivered as (

    select
        {{ start_of_week('nudge_states.sent_at') }} as week_start_on,
        coalesce(nudge_states.template_key, '(no template)') as template_key,
        nudge_states.channel,
        case when answers.unsubscribed_at is not null then 1 else 0 end as is_unsubscribe,
        case when answers.complained_at is not null then 1 else 0 end as is_complaint,
        case when answers.dismissed_at is not null then 1 else 0 end as is_dismissal,
        case when answers.replied_negatively_at is not null then 1 else 0 end as is_negative_reply,
        case when answers.negative_feedback_at is not null then 1 else 0 end as is_negative
    from nudge_states
    inner join as_of
        on nudge_states.namespace = as_of.namespace
    left join answers
        on nudge_states.nudge_id = answers.nudge_id
    where
        answers.bounced_at is null
        and {{ is_known_to_replay('nudge_states.sent_at') }}

),

messages_counted as (

    select
        week_start_on,
        template_key,
        channel,
        count(*) as delivered,
        sum(is_unsubscribe) as unsubscribes,
        sum(is_complaint) as complaints,
        sum(is_dismissal) as dismissals,
        sum(is_negative_reply) as negative_replies,
        sum(is_negative) as negative
    from messages_delivered
    group by week_start_on, template_key, channel

),

-- People answer late, so a week says nothing of them until it has rested.
weeks_judged as (

    select
        messages_counted.*,
        cast({{ days_after('messages_counted.week_start_on', 7 + settles_after_days) }} as timestamp)
        <= as_of.as_of as is_mature
    from messages_counted
    cross join as_of

),

final as (

    select
        week_start_on,
        template_key,
        channel,
        cast(delivered as bigint) as delivered,
        cast(unsubscribes as bigint) as unsubscribes,
        cast(complaints as bigint) as complaints,
        cast(dismissals as bigint) as dismissals,
        cast(negative_replies as bigint) as negative_replies,
        cast(negative as bigint) as negative,
        is_mature,
        case when is_mature then cast(negative as {{ double_type() }}) / delivered end as negative_rate,
        cast(case when is_mature then {{ wilson_lower_bound('negative', 'delivered') }} end as {{ double_type() }})
            as negative_rate_lower_95,
        cast(case when is_mature then {{ wilson_upper_bound('negative', 'delivered') }} end as {{ double_type() }})
            as negative_rate_upper_95
    from weeks_judged

)

select * from final
