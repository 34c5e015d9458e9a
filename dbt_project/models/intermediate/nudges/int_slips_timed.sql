{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook='{{ forget_changed_accounts() }}',
    on_schema_change='fail'
) }}

-- The clock of an account stands for its present step alone. To know how many accounts slipped on a day of last month,
-- every step that they were before counts, also of those who went on.
with accounts_progressed as (

    select * from {{ ref('int_accounts_progressed') }}

),

accounts_changed as (

    select * from {{ ref('int_accounts_changed') }}

),

milestones as (

    select * from {{ ref('fct_account_milestones') }}

),

path as (

    select * from {{ ref('int_critical_path') }}

),

holds as (

    select * from {{ ref('int_holds_merged') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

accounts as (

    select accounts_progressed.*
    from accounts_changed
    cross join as_of
    cross join limits
    inner join accounts_progressed
        on accounts_changed.account_id = accounts_progressed.account_id
    where
        {{ is_looked_back_at('accounts_progressed') }}

),

progress_made as (

    select
        account_id,
        path_key,
        signed_up_at as progressed_at,
        cast(null as integer) as milestone_order
    from accounts
    union all
    select
        accounts.account_id,
        accounts.path_key,
        greatest(milestones.completed_at, accounts.signed_up_at) as progressed_at,
        milestones.milestone_order
    from accounts
    inner join milestones
        on accounts.account_id = milestones.account_id
    where milestones.completed_at is not null

),

progress_by_instant as (

    select
        account_id,
        path_key,
        progressed_at,
        max(milestone_order) as milestone_order
    from progress_made
    group by account_id, path_key, progressed_at

),

progress_followed as (

    select
        account_id,
        path_key,
        progressed_at,
        max(milestone_order) over (
            partition by account_id
            order by progressed_at
            rows between unbounded preceding and current row
        ) as furthest_order,
        lead(progressed_at) over (partition by account_id order by progressed_at) as ended_at
    from progress_by_instant

),

path_steps as (

    select
        path_key,
        milestone_key,
        slip_microseconds,
        lag(milestone_order) over (partition by path_key order by milestone_order) as order_before
    from path

),

steps as (

    select
        progress_followed.account_id,
        path_steps.milestone_key,
        progress_followed.progressed_at,
        progress_followed.ended_at,
        path_steps.slip_microseconds
    from progress_followed
    inner join path_steps
        on
            progress_followed.path_key = path_steps.path_key
            and coalesce(progress_followed.furthest_order, -2147483648)
            = coalesce(path_steps.order_before, -2147483648)

),

requests as (

    select
        account_id,
        {{ instant_to_text('progressed_at') }} as request_key,
        progressed_at as starts_at,
        slip_microseconds as microseconds
    from steps

),

deadlines_computed as (

    {{ deadlines('requests', 'holds') }}

),

final as (

    select
        steps.account_id,
        steps.milestone_key,
        steps.progressed_at as started_at,
        deadlines_computed.deadline_at as slips_at,
        steps.ended_at
    from steps
    inner join deadlines_computed
        on
            steps.account_id = deadlines_computed.account_id
            and {{ instant_to_text('steps.progressed_at') }} = deadlines_computed.request_key
    where
        deadlines_computed.deadline_at is not null
        and coalesce(steps.ended_at > deadlines_computed.deadline_at, true)

)

select * from final
