with nudge_states as (

    select * from {{ ref('stg_nudges__nudge_states') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = ''

),

final as (

    select
        nudge_states.nudge_id,
        coalesce(account_ids.account_id, nudge_states.account_id) as account_id,
        nudge_states.milestone_key,
        nudge_states.channel,
        nudge_states.destination,
        nudge_states.contact_id,
        nudge_states.state,
        nudge_states.cycle,
        nudge_states.tier,
        nudge_states.attempts,
        coalesce(nudge_states.is_possibly_sent, false) as is_possibly_sent,
        nudge_states.first_claimed_at,
        nudge_states.last_attempted_at,
        nudge_states.sent_at,
        nudge_states.not_before
    from nudge_states
    inner join as_of
        on nudge_states.namespace = as_of.namespace
    left join account_ids
        on nudge_states.account_id = account_ids.external_id
    where nudge_states.action = 'deliver'

)

select * from final
