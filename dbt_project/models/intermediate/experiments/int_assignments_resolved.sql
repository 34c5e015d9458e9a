{{ config(materialized='view') }}

with assignments as (

    select * from {{ ref('fct_experiment_assignments') }}

),

account_ids as (

    select * from {{ ref('int_account_ids_resolved') }}
    where source_scope = ''

),

experiments_started as (

    select distinct
        experiment_key,
        first_epoch_starts_at
    from {{ ref('int_experiment_epochs') }}

),

arms_of_survivors as (

    select
        assignments.experiment_key,
        account_ids.account_id,
        count(distinct assignments.arm) as arms
    from assignments
    inner join account_ids
        on assignments.account_id = account_ids.external_id
    group by assignments.experiment_key, account_ids.account_id

),

final as (

    select
        assignments.experiment_key,
        assignments.account_id,
        account_ids.account_id as surviving_account_id,
        assignments.arm,
        assignments.path_key,
        assignments.segment,
        assignments.plan,
        assignments.csm_email,
        assignments.bucket,
        assignments.epoch,
        assignments.seats,
        coalesce(arms_of_survivors.arms > 1, false) as has_mixed_arms,
        -- A first epoch that is moved later leaves assignments behind that were made under the one before.
        coalesce(assignments.signed_up_at >= experiments_started.first_epoch_starts_at, false) as is_since_first_epoch,
        assignments.signed_up_at
    from assignments
    left join account_ids
        on assignments.account_id = account_ids.external_id
    left join arms_of_survivors
        on
            assignments.experiment_key = arms_of_survivors.experiment_key
            and account_ids.account_id = arms_of_survivors.account_id
    left join experiments_started
        on assignments.experiment_key = experiments_started.experiment_key

)

select * from final
