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

holds as (

    select * from {{ ref('int_holds_merged') }}

),

accounts as (

    select accounts_progressed.*
    from accounts_changed
    inner join accounts_progressed
        on accounts_changed.account_id = accounts_progressed.account_id
    where accounts_progressed.next_milestone_key is not null

),

requests as (

    select
        account_id,
        'expected' as request_key,
        last_progress_at as starts_at,
        expected_microseconds as microseconds
    from accounts
    union all
    select
        account_id,
        'slips' as request_key,
        last_progress_at as starts_at,
        slip_microseconds as microseconds
    from accounts

),

deadlines_computed as (

    {{ deadlines('requests', 'holds') }}

),

final as (

    select
        account_id,
        max(case when request_key = 'expected' then deadline_at end) as next_milestone_expected_by,
        max(case when request_key = 'slips' then deadline_at end) as slips_at
    from deadlines_computed
    group by account_id

)

select * from final
