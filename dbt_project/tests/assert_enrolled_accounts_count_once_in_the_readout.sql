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

accounts_expected as (

    select
        assignments.experiment_key,
        assignments.account_id,
        assignments.arm,
        1 as expected_rows,
        0 as found_rows
    from assignments
    inner join accounts
        on assignments.account_id = accounts.account_id
    inner join arms_of_survivors
        on
            assignments.experiment_key = arms_of_survivors.experiment_key
            and assignments.account_id = arms_of_survivors.account_id
    where arms_of_survivors.first_arm = arms_of_survivors.last_arm

),

accounts_counted as (

    select * from accounts_expected
    union all
    select
        experiment_key,
        account_id,
        arm,
        0 as expected_rows,
        1 as found_rows
    from outcomes

),

final as (

    select
        experiment_key,
        account_id,
        arm,
        sum(expected_rows) as expected_rows,
        sum(found_rows) as found_rows
    from accounts_counted
    group by experiment_key, account_id, arm
    having sum(expected_rows) <> sum(found_rows)

)

select * from final
