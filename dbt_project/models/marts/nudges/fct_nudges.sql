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

answers as (

    select * from {{ ref('int_messages_answered') }}

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
        nudge_states.is_possibly_sent,
        nudge_states.reason_code,
        cast(nudge_states.cycle as integer) as cycle,
        cast(nudge_states.tier as integer) as tier,
        cast(nudge_states.attempts as integer) as attempts,
        due_times.due_at,
        nudge_states.sent_at,
        withdrawals.withdrawn_at,
        answers.opened_at,
        answers.clicked_at,
        answers.negative_feedback_at,
        completions.completed_at as milestone_completed_at
    from nudge_states
    left join due_times
        on nudge_states.nudge_id = due_times.nudge_id
    left join withdrawals
        on
            nudge_states.namespace = withdrawals.namespace
            and nudge_states.nudge_id = withdrawals.nudge_id
    left join answers
        on nudge_states.nudge_id = answers.nudge_id
    left join account_ids
        on nudge_states.account_id = account_ids.external_id
    left join completions
        on
            account_ids.account_id = completions.account_id
            and nudge_states.milestone_key = completions.milestone_key

)

select * from final
