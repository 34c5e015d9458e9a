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

states_known as (

    select nudge_states.*
    from nudge_states
    inner join as_of
        on nudge_states.namespace = as_of.namespace
    where {{ is_known_to_replay('nudge_states.first_claimed_at') }}

),

withdrawals as (

    select
        nudge_id,
        is_possibly_sent as is_withdrawn
    from states_known
    where action = 'withdraw'

),

nudges_of_accounts as (

    select
        states_known.*,
        coalesce(withdrawals.is_withdrawn, false) as is_withdrawn,
        coalesce(account_ids.account_id, states_known.account_id) as present_account_id
    from states_known
    left join account_ids
        on states_known.account_id = account_ids.external_id
    left join withdrawals
        on states_known.nudge_id = withdrawals.nudge_id
    where states_known.action = 'deliver'

),

-- What was sent to an account before it was merged was sent to the survivor: it stands under the id that the survivor's
-- nudge has.
nudges_identified as (

    select
        case
            when account_id = present_account_id then nudge_id
            else {{ nudge_id('namespace', 'present_account_id', 'cycle', 'milestone_key', 'tier', 'channel') }}
        end as present_nudge_id,
        *
    from nudges_of_accounts

),

-- Of several that are the same nudge now, what may have arrived counts most, then what happened last.
nudges_ranked as (

    select
        *,
        row_number() over (
            partition by present_nudge_id
            order by
                case when state in ('sent', 'resolved_sent') then 0 when is_possibly_sent then 1 else 2 end,
                state_at desc nulls last,
                nudge_id asc
        ) as strength
    from nudges_identified

),

final as (

    select
        present_nudge_id as nudge_id,
        present_account_id as account_id,
        delivery_id,
        milestone_key,
        channel,
        destination,
        contact_id,
        state,
        cycle,
        tier,
        attempts,
        coalesce(is_possibly_sent, false) as is_possibly_sent,
        is_withdrawn,
        first_claimed_at,
        last_attempted_at,
        sent_at,
        -- The provider knows the key of the id under which it was tried, and no other: a doubt of before a merge of
        -- accounts is not repeated.
        case when state <> 'uncertain' or nudge_id = present_nudge_id then not_before end as not_before
    from nudges_ranked
    where strength = 1

)

select * from final
