{{ config(materialized='view', tags=['report']) }}

-- Nobody drops out of the readout for what he did or did not do: only by a merge, or because the CRM has him no more.
with assignments as (

    select * from {{ ref('int_assignments_resolved') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

outcomes as (

    select * from {{ ref('fct_experiment_outcomes') }}

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
            when assignments.surviving_account_id <> assignments.account_id then 'merged_away'
            when assignments.has_mixed_arms then 'mixed_arms'
            when accounts.account_id is null or assignments.surviving_account_id is null then 'not_in_crm'
        end as left_out_by,
        coalesce(outcomes_counted.outcomes, 0) as outcomes
    from assignments
    left join accounts
        on assignments.account_id = accounts.account_id
    left join outcomes_counted
        on
            assignments.experiment_key = outcomes_counted.experiment_key
            and assignments.account_id = outcomes_counted.account_id

)

select * from final
