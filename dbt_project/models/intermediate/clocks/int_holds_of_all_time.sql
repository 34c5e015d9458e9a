{{ config(materialized='view', tags=['report']) }}

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

    {{ summed_holds('crm_holds') }}

),

-- The last step begins with the last progress, and who is done has none any more.
accounts_bounded as (

    select
        accounts.account_id,
        accounts.country_code,
        accounts.timezone,
        accounts.is_business_clock,
        accounts.signed_up_at as counted_from,
        case
            when accounts.next_milestone_key is null then accounts.last_progress_at
            else {{ days_off_until(
                'accounts.last_progress_at',
                'coalesce(accounts.slip_microseconds, 0)',
                'crm_holds_summed.microseconds_held'
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
