{{ config(materialized='view') }}

with accounts as (

    select * from {{ ref('int_accounts_progressed') }}

),

account_facts as (

    select * from {{ ref('dim_accounts') }}

),

ledger as (

    select * from {{ ref('int_nudges_in_ledger') }}

),

policy as (

    select * from {{ ref('int_nudge_policy') }}

),

touches as (

    select * from {{ ref('int_accounts_touched') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

last_tiers as (

    select
        path_key,
        max(tier) as tier
    from policy
    group by path_key

),

-- With the CSM until progress, hand-back or churn.
final as (

    select
        accounts.account_id,
        accounts.next_milestone_key as milestone_key,
        min(ledger.sent_at) as escalated_at
    from accounts
    cross join as_of
    inner join account_facts
        on accounts.account_id = account_facts.account_id
    inner join last_tiers
        on accounts.path_key = last_tiers.path_key
    inner join ledger
        on
            accounts.account_id = ledger.account_id
            and account_facts.cycle = ledger.cycle
            and accounts.next_milestone_key = ledger.milestone_key
            and last_tiers.tier = ledger.tier
    left join touches
        on accounts.account_id = touches.account_id
    where
        ledger.state in ('sent', 'resolved_sent')
        and ledger.sent_at >= accounts.last_progress_at
        and coalesce(touches.handed_back_at <= ledger.sent_at, true)
        and coalesce(account_facts.churned_at > as_of.as_of, true)
    group by accounts.account_id, accounts.next_milestone_key

)

select * from final
