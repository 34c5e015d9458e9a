{{ config(
    materialized='incremental',
    incremental_strategy=append_strategy(),
    pre_hook='{{ forget_changed_accounts() }}',
    on_schema_change='fail'
) }}

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
        accounts.is_business_clock,
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

),

final as (

    {{ merged_holds('accounts_bounded', 'crm_holds', 'days_off') }}

)

select * from final
