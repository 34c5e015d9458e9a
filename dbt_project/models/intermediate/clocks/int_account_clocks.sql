with accounts as (

    select * from {{ ref('int_accounts_progressed') }}
    where next_milestone_key is not null

),

holds as (

    select * from {{ ref('int_holds_merged') }}

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
