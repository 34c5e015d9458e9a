{{ config(materialized='view', tags=['report']) }}

-- Nobody drops out of the readout for what he did or did not do: only by a merge, or because the CRM has him no more.
with assignments as (

    select * from {{ ref('fct_experiment_assignments') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = ''

),

outcomes as (

    select * from {{ ref('fct_experiment_outcomes') }}

),

arms_of_survivors as (

    select
        assignments.experiment_key,
        account_ids.account_id,
        min(assignments.arm) as first_arm,
        max(assignments.arm) as last_arm
    from assignments
    inner join account_ids
        on assignments.account_id = account_ids.external_id
    group by assignments.experiment_key, account_ids.account_id

),

outcomes_counted as (

    select
        experiment_key,
        account_id,
        count(*) as outcomes
    from outcomes
    group by experiment_key, account_id

),

final as (

    select
        assignments.experiment_key,
        assignments.account_id,
        case
            when account_ids.account_id <> assignments.account_id then 'merged_away'
            when arms_of_survivors.first_arm <> arms_of_survivors.last_arm then 'mixed_arms'
            when accounts.account_id is null or account_ids.account_id is null then 'not_in_crm'
        end as left_out_by,
        coalesce(outcomes_counted.outcomes, 0) as outcomes
    from assignments
    left join accounts
        on assignments.account_id = accounts.account_id
    left join account_ids
        on assignments.account_id = account_ids.external_id
    left join arms_of_survivors
        on
            assignments.experiment_key = arms_of_survivors.experiment_key
            and assignments.account_id = arms_of_survivors.account_id
    left join outcomes_counted
        on
            assignments.experiment_key = outcomes_counted.experiment_key
            and assignments.account_id = outcomes_counted.account_id

)

select * from final
