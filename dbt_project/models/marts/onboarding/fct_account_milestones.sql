{{ config(
    materialized='incremental',
    cluster_by=clustered_by(['account_id']),
    incremental_strategy=append_strategy(),
    pre_hook='{{ forget_changed_accounts() }}',
    on_schema_change='append_new_columns'
) }}

with accounts as (

    select * from {{ ref('dim_accounts') }}

),

milestones as (

    select * from {{ ref('int_critical_path') }}

),

accounts_changed as (

    select * from {{ ref('int_accounts_changed') }}

),

completions as (

    select * from {{ ref('int_milestones_completed') }}

),

milestones_of_accounts as (

    select
        accounts.account_id,
        accounts.path_key,
        milestones.milestone_key,
        milestones.milestone_order,
        completions.completed_at,
        case when completions.completed_at is not null then completions.first_known_at end as first_known_at
    from accounts_changed
    inner join accounts
        on accounts_changed.account_id = accounts.account_id
    inner join milestones
        on accounts.path_key = milestones.path_key
    left join completions
        on
            accounts.account_id = completions.account_id
            and milestones.milestone_key = completions.milestone_key

),

milestones_against_furthest as (

    select
        *,
        max(
            case when completed_at is not null then milestone_order end
        ) over (partition by account_id) as furthest_order
    from milestones_of_accounts

),

milestones_against_next as (

    select
        *,
        min(case when milestone_order > coalesce(furthest_order, -2147483648) then milestone_order end)
            over (partition by account_id) as next_order
    from milestones_against_furthest

),

final as (

    select
        account_id,
        path_key,
        milestone_key,
        case
            when completed_at is not null then 'completed'
            when milestone_order < furthest_order then 'obsolete'
            when milestone_order = next_order then 'next'
            else 'upcoming'
        end as status,
        milestone_order,
        completed_at,
        first_known_at
    from milestones_against_next

)

select * from final
