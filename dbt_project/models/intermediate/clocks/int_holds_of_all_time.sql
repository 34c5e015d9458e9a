{{ config(materialized='view', tags=['report']) }}

{% set sixty_days = 60 * 24 * 3600000000 %}

with accounts as (

    select * from {{ ref('int_accounts_progressed') }}

),

crm_holds as (

    select * from {{ ref('int_crm_holds_resolved') }}

),

days_off as (

    select * from {{ ref('int_days_off') }}

),

crm_holds_summed as (

    select
        account_id,
        sum({{ microseconds_between('held_from', 'held_until') }}) as microseconds_held
    from crm_holds
    where held_until is not null
    group by account_id

),

-- The last step begins with the last progress, and who is done has none any more: no slip asks for a day off later
-- than this, with the same allowance as in int_holds_merged.
accounts_bounded as (

    select
        accounts.account_id,
        accounts.country_code,
        accounts.timezone,
        accounts.is_business_clock,
        accounts.signed_up_at as counted_from,
        case
            when accounts.next_milestone_key is null then accounts.last_progress_at
            else {{ add_microseconds(
                'accounts.last_progress_at',
                'cast(3 * coalesce(accounts.slip_microseconds, 0)'
                ~ ' + coalesce(crm_holds_summed.microseconds_held, 0) + ' ~ sixty_days ~ ' as bigint)'
            ) }}
        end as days_off_until
    from accounts
    left join crm_holds_summed
        on accounts.account_id = crm_holds_summed.account_id

),

final as (

    {{ merged_holds('accounts_bounded', 'crm_holds', 'days_off') }}

)

select * from final
