{{ config(materialized='view', tags=['report']) }}

with assignments as (

    select * from {{ ref('fct_experiment_assignments') }}

),

progress as (

    select * from {{ ref('int_accounts_progressed') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Everyone assigned counts, reached or not: who has not arrived is censored at the instant of the facts.
final as (

    select
        assignments.experiment_key,
        assignments.account_id,
        assignments.arm,
        assignments.path_key,
        assignments.segment,
        assignments.plan,
        assignments.csm_email,
        assignments.epoch,
        assignments.seats,
        cast(
            case
                when progress.first_value_at < progress.signed_up_at then 0
                else {{ microseconds_between(
                    'progress.signed_up_at',
                    'coalesce(progress.first_value_at, as_of.as_of)'
                ) }} / 86400000000.0
            end as {{ double_type() }}
        ) as duration_days,
        progress.first_value_at is not null as is_first_value_reached,
        assignments.signed_up_at,
        as_of.as_of
    from assignments
    cross join as_of
    inner join progress
        on assignments.account_id = progress.account_id

)

select * from final
