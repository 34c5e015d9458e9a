{% set forever = instant_literal('9999-12-31 00:00:00') %}

with accounts as (

    select * from {{ ref('int_accounts_progressed') }}

),

account_facts as (

    select * from {{ ref('dim_accounts') }}

),

crm_holds as (

    select * from {{ ref('int_crm_holds_resolved') }}

),

days_off as (

    select * from {{ ref('int_days_off') }}

),

-- Only the time since the last progress is ever counted.
holds_of_both_kinds as (

    select
        accounts.account_id,
        crm_holds.held_from,
        coalesce(crm_holds.held_until, {{ forever }}) as held_until
    from accounts
    inner join crm_holds
        on accounts.account_id = crm_holds.account_id
    where
        accounts.next_milestone_key is not null
        and coalesce(crm_holds.held_until, {{ forever }}) > accounts.last_progress_at
    union all
    select
        accounts.account_id,
        days_off.held_from,
        days_off.held_until
    from accounts
    inner join account_facts
        on accounts.account_id = account_facts.account_id
    inner join days_off
        on
            coalesce(account_facts.country_code, '') = days_off.country_code
            and account_facts.timezone = days_off.timezone
    where
        account_facts.is_business_clock
        and accounts.next_milestone_key is not null
        and days_off.held_until > accounts.last_progress_at

),

holds_against_earlier as (

    select
        *,
        max(held_until) over (
            partition by account_id
            order by held_from, held_until
            rows between unbounded preceding and 1 preceding
        ) as earlier_held_until
    from holds_of_both_kinds

),

-- A hold that begins within, or right at the end of, an earlier one goes on with it: hours count once.
holds_numbered as (

    select
        *,
        sum(case when earlier_held_until is null or held_from > earlier_held_until then 1 else 0 end) over (
            partition by account_id
            order by held_from, held_until
            rows between unbounded preceding and current row
        ) as hold_number
    from holds_against_earlier

),

final as (

    select
        account_id,
        min(held_from) as held_from,
        nullif(max(held_until), {{ forever }}) as held_until
    from holds_numbered
    group by account_id, hold_number

)

select * from final
