{{ config(
    materialized='incremental',
    incremental_strategy=append_strategy(),
    pre_hook='{{ forget_changed_accounts() }}',
    on_schema_change='fail'
) }}

with accounts as (

    select * from {{ ref('dim_accounts') }}

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

milestones_summed as (

    select
        milestones.account_id,
        cast(count(milestones.completed_at) as integer) as milestones_completed,
        max(milestones.completed_at) as last_completed_at,
        max(case when milestones.completed_at is not null then milestones.milestone_order end) as furthest_order,
        max(case when milestones.status = 'next' then milestones.milestone_order end) as next_order,
        max(case when path.is_first_value then milestones.completed_at end) as first_value_at
    from accounts_changed
    inner join milestones
        on accounts_changed.account_id = milestones.account_id
    inner join path
        on
            milestones.path_key = path.path_key
            and milestones.milestone_key = path.milestone_key
    group by milestones.account_id

),

final as (

    select
        accounts.account_id,
        accounts.path_key,
        furthest_milestones.milestone_key as furthest_milestone_key,
        next_milestones.milestone_key as next_milestone_key,
        coalesce(milestones_summed.milestones_completed, 0) as milestones_completed,
        next_milestones.expected_microseconds,
        next_milestones.slip_microseconds,
        accounts.country_code,
        accounts.timezone,
        accounts.cycle,
        accounts.is_business_clock,
        accounts.signed_up_at,
        accounts.cycle_started_at,
        greatest(accounts.signed_up_at, coalesce(milestones_summed.last_completed_at, accounts.signed_up_at))
            as last_progress_at,
        milestones_summed.first_value_at
    from accounts_changed
    inner join accounts
        on accounts_changed.account_id = accounts.account_id
    left join milestones_summed
        on accounts.account_id = milestones_summed.account_id
    left join path as furthest_milestones
        on
            accounts.path_key = furthest_milestones.path_key
            and milestones_summed.furthest_order = furthest_milestones.milestone_order
    left join path as next_milestones
        on
            accounts.path_key = next_milestones.path_key
            and milestones_summed.next_order = next_milestones.milestone_order

)

select * from final
