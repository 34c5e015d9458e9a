{{ config(materialized='view', tags=['report']) }}

with nudge_states as (

    select * from {{ ref('stg_nudges__nudge_states') }}
    where action = 'deliver'

),

withdrawals as (

    select
        namespace,
        nudge_id,
        sent_at as withdrawn_at
    from {{ ref('stg_nudges__nudge_states') }}
    where action = 'withdraw'

),

decisions as (

    select * from {{ ref('fct_nudge_decision_changes') }}

),

feedback as (

    select * from {{ ref('stg_feedback__message_events') }}

),

completions as (

    select * from {{ ref('int_milestones_completed') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = ''

),

due_times as (

    select
        nudge_id,
        max(arm) as arm,
        min(due_at) as due_at
    from decisions
    group by nudge_id

),

feedback_summed as (

    select
        nudge_id,
        min(case when event_type = 'opened' then occurred_at end) as opened_at,
        min(case when event_type = 'clicked' then occurred_at end) as clicked_at,
        min(case
            when event_type in ('spam_reported', 'unsubscribed', 'dismissed', 'negative_reply', 'complaint_to_csm')
                then occurred_at
        end) as negative_feedback_at
    from feedback
    where nudge_id is not null
    group by nudge_id

),

final as (

    select
        nudge_states.nudge_id,
        nudge_states.namespace,
        nudge_states.account_id,
        nudge_states.milestone_key,
        nudge_states.channel,
        nudge_states.destination,
        nudge_states.variant,
        due_times.arm,
        nudge_states.state,
        nudge_states.reason_code,
        cast(nudge_states.cycle as integer) as cycle,
        cast(nudge_states.tier as integer) as tier,
        cast(nudge_states.attempts as integer) as attempts,
        due_times.due_at,
        nudge_states.sent_at,
        withdrawals.withdrawn_at,
        feedback_summed.opened_at,
        feedback_summed.clicked_at,
        feedback_summed.negative_feedback_at,
        completions.completed_at as milestone_completed_at
    from nudge_states
    left join due_times
        on nudge_states.nudge_id = due_times.nudge_id
    left join withdrawals
        on
            nudge_states.namespace = withdrawals.namespace
            and nudge_states.nudge_id = withdrawals.nudge_id
    left join feedback_summed
        on nudge_states.nudge_id = feedback_summed.nudge_id
    left join account_ids
        on nudge_states.account_id = account_ids.external_id
    left join completions
        on
            account_ids.account_id = completions.account_id
            and nudge_states.milestone_key = completions.milestone_key

)

select * from final
