with assignments as (

    select * from {{ ref('fct_experiment_assignments') }}

),

experiments_started as (

    select distinct
        experiment_key,
        first_epoch_starts_at
    from {{ ref('int_experiment_epochs') }}

),

-- Where several experiments are written down, the one that began last decides who is nudged.
assignments_ranked as (

    select
        assignments.account_id,
        assignments.experiment_key,
        assignments.arm,
        assignments.assigned_at,
        row_number() over (
            partition by assignments.account_id
            order by experiments_started.first_epoch_starts_at desc nulls last, assignments.experiment_key asc
        ) as recency
    from assignments
    inner join experiments_started
        on assignments.experiment_key = experiments_started.experiment_key

),

final as (

    select
        account_id,
        experiment_key,
        arm,
        assigned_at
    from assignments_ranked
    where recency = 1

)

select * from final
