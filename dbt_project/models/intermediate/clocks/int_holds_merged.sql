{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook='{{ forget_changed_accounts() }}',
    on_schema_change='fail'
) }}

{% set forever = instant_literal('9999-12-31 00:00:00') %}
{% set sixty_days = 60 * 24 * 3600000000 %}

with accounts_progressed as (

    select * from {{ ref('int_accounts_progressed') }}

),

accounts_changed as (

    select * from {{ ref('int_accounts_changed') }}

),

crm_holds as (

    select * from {{ ref('int_crm_holds_resolved') }}

),

days_off as (

    select * from {{ ref('int_days_off') }}

),

policy as (

    select * from {{ ref('int_nudge_policy') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Of an account whose earlier steps are still looked at (int_slips_timed), every hold since sign-up counts; of the
-- others only the time since the last progress.
accounts as (

    select
        accounts_progressed.*,
        {{ is_looked_back_at('accounts_progressed') }} as is_looked_back_at
    from accounts_changed
    cross join as_of
    cross join limits
    inner join accounts_progressed
        on accounts_changed.account_id = accounts_progressed.account_id

),

accounts_counted as (

    select
        *,
        case when is_looked_back_at then least(signed_up_at, last_progress_at) else last_progress_at end as counted_from
    from accounts
    where next_milestone_key is not null or is_looked_back_at

),

longest_delays as (

    select
        path_key,
        max(delay_microseconds) as delay_microseconds
    from policy
    group by path_key

),

crm_holds_summed as (

    select
        account_id,
        sum({{ microseconds_between('held_from', 'held_until') }}) as microseconds_held
    from crm_holds
    where held_until is not null
    group by account_id

),

-- No clock of an account asks for a weekend later than this: two days in three off, all holds of the CRM and two months
-- of holidays would have to come together. Without the bound every account would meet every weekend of two years.
accounts_bounded as (

    select
        accounts.account_id,
        accounts.counted_from,
        accounts.country_code,
        accounts.timezone,
        {{ add_microseconds(
            'greatest(accounts.last_progress_at, as_of.as_of)',
            'cast(3 * (coalesce(accounts.slip_microseconds, 0) + coalesce(longest_delays.delay_microseconds, 0))'
            ~ ' + coalesce(crm_holds_summed.microseconds_held, 0) + ' ~ sixty_days ~ ' as bigint)'
        ) }} as days_off_until
    from accounts_counted as accounts
    cross join as_of
    left join longest_delays
        on accounts.path_key = longest_delays.path_key
    left join crm_holds_summed
        on accounts.account_id = crm_holds_summed.account_id
    where accounts.is_business_clock

),

holds_of_both_kinds as (

    select
        accounts.account_id,
        crm_holds.held_from,
        coalesce(crm_holds.held_until, {{ forever }}) as held_until
    from accounts_counted as accounts
    inner join crm_holds
        on accounts.account_id = crm_holds.account_id
    where coalesce(crm_holds.held_until, {{ forever }}) > accounts.counted_from
    union all
    select
        accounts_bounded.account_id,
        days_off.held_from,
        days_off.held_until
    from accounts_bounded
    inner join days_off
        on
            coalesce(accounts_bounded.country_code, '') = days_off.country_code
            and accounts_bounded.timezone = days_off.timezone
            and accounts_bounded.counted_from < days_off.held_until
            and accounts_bounded.days_off_until > days_off.held_from

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
