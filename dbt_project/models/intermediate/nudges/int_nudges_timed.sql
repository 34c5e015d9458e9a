{{ config(
    materialized='incremental',
    incremental_strategy=append_strategy(),
    pre_hook='{{ forget_changed_accounts() }}',
    on_schema_change='fail'
) }}

with accounts_progressed as (

    select * from {{ ref('int_accounts_progressed') }}

),

accounts_changed as (

    select * from {{ ref('int_accounts_changed') }}

),

clocks as (

    select * from {{ ref('int_account_clocks') }}

),

holds as (

    select * from {{ ref('int_holds_merged') }}

),

policy as (

    select * from {{ ref('int_nudge_policy') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

tiers as (

    select
        accounts_progressed.account_id,
        accounts_progressed.path_key,
        accounts_progressed.next_milestone_key as milestone_key,
        accounts_progressed.cycle,
        policy.tier,
        policy.channel,
        policy.delay_microseconds,
        accounts_progressed.slip_microseconds,
        accounts_progressed.last_progress_at,
        clocks.slips_at
    from accounts_changed
    inner join accounts_progressed
        on accounts_changed.account_id = accounts_progressed.account_id
    inner join clocks
        on accounts_changed.account_id = clocks.account_id
    inner join policy
        on accounts_progressed.path_key = policy.path_key
    where clocks.slips_at is not null

),

-- One waiting time after another on one clock is their sum on it.
due_requests as (

    select
        account_id,
        cast(tier as {{ dbt.type_string() }}) as request_key,
        last_progress_at as starts_at,
        slip_microseconds + delay_microseconds as microseconds
    from tiers

),

due_times as (

    {{ deadlines('due_requests', 'holds') }}

),

final as (

    select
        {{ nudge_id(
            'as_of.namespace',
            'tiers.account_id',
            'tiers.cycle',
            'tiers.milestone_key',
            'tiers.tier',
            'tiers.channel'
        ) }} as nudge_id,
        tiers.account_id,
        tiers.path_key,
        tiers.milestone_key,
        tiers.channel,
        tiers.cycle,
        tiers.tier,
        tiers.slips_at,
        due_times.deadline_at as due_at
    from tiers
    cross join as_of
    left join due_times
        on
            tiers.account_id = due_times.account_id
            and cast(tiers.tier as {{ dbt.type_string() }}) = due_times.request_key

)

select * from final
