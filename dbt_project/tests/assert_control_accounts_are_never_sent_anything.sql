-- Read from the assignments themselves, so that a mistake anywhere on the way to the decision shows.
with decisions as (

    select * from {{ ref('fct_nudge_decisions') }}
    where decision = 'send'

),

treated_accounts as (

    select distinct account_id from {{ ref('fct_experiment_assignments') }}
    where arm = 'treatment'

),

final as (

    select
        decisions.nudge_id,
        decisions.account_id
    from decisions
    left join treated_accounts
        on decisions.account_id = treated_accounts.account_id
    where treated_accounts.account_id is null

)

select * from final
