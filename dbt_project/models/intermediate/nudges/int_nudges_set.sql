with nudge_states as (

    select * from {{ ref('stg_nudges__nudge_states') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = ''

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

policy as (

    select * from {{ ref('int_nudge_policy') }}

),

destinations as (

    select * from {{ ref('int_destinations_withdrawable') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

states_known as (

    select nudge_states.*
    from nudge_states
    inner join as_of
        on nudge_states.namespace = as_of.namespace
    where {{ is_known_to_replay('nudge_states.first_claimed_at') }}

),

-- Under its own id in the ledger, which a merge of accounts does not change: that is what the destination knows.
nudges_delivered as (

    select
        states_known.nudge_id,
        coalesce(account_ids.account_id, states_known.account_id) as account_id,
        states_known.milestone_key,
        states_known.channel,
        states_known.destination,
        states_known.contact_id,
        states_known.template_key,
        states_known.variant,
        states_known.cycle,
        states_known.tier,
        coalesce(states_known.sent_at, states_known.last_attempted_at, states_known.state_at) as set_at
    from states_known
    left join account_ids
        on states_known.account_id = account_ids.external_id
    where states_known.action = 'deliver' and states_known.is_possibly_sent

),

-- A rehearsal takes back what its destination could take back.
nudges_withdrawable as (

    select
        nudges_delivered.*,
        destinations.holds_one_value
    from nudges_delivered
    left join accounts
        on nudges_delivered.account_id = accounts.account_id
    left join policy
        on
            accounts.path_key = policy.path_key
            and nudges_delivered.tier = policy.tier
            and nudges_delivered.channel = policy.channel
    inner join destinations
        on
            nudges_delivered.channel = destinations.channel
            and destinations.destination = case
                when nudges_delivered.destination = 'outbox' then coalesce(policy.destination, 'outbox')
                else nudges_delivered.destination
            end

),

nudges_ranked as (

    select
        *,
        row_number() over (
            partition by
                channel,
                destination,
                case when holds_one_value then coalesce(contact_id, nudge_id) else nudge_id end
            order by set_at desc, nudge_id desc
        ) as recency
    from nudges_withdrawable

),

withdrawals as (

    select * from states_known
    where action = 'withdraw'

),

final as (

    select
        nudges_ranked.nudge_id,
        nudges_ranked.account_id,
        nudges_ranked.milestone_key,
        nudges_ranked.channel,
        nudges_ranked.destination,
        nudges_ranked.contact_id,
        nudges_ranked.template_key,
        nudges_ranked.variant,
        withdrawals.state as withdrawal_state,
        nudges_ranked.cycle,
        nudges_ranked.tier,
        nudges_ranked.set_at,
        withdrawals.not_before as withdraw_not_before,
        case
            when nudges_ranked.channel = 'in_app'
                then {{ add_microseconds('nudges_ranked.set_at', 'limits.in_app_max_microseconds') }}
        end as ends_at
    from nudges_ranked
    cross join limits
    left join withdrawals
        on nudges_ranked.nudge_id = withdrawals.nudge_id
    where
        nudges_ranked.recency = 1
        and coalesce(withdrawals.state, '') not in ('sent', 'resolved_sent')

)

select * from final
