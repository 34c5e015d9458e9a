{{ config(materialized='view') }}

-- Slips that say something of the customers: ours are none, and who has left or is no longer onboarding slips as usual.
with slips as (

    select * from {{ ref('int_slips_timed') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

final as (

    select
        slips.account_id,
        slips.started_at,
        slips.slips_at
    from slips
    cross join limits
    cross join as_of
    inner join accounts
        on slips.account_id = accounts.account_id
    where
        slips.slips_at <= as_of.as_of
        and slips.slips_at > {{ add_microseconds('as_of.as_of', '-1 * ' ~ slips_looked_back()) }}
        and slips.slips_at <= {{ add_microseconds('accounts.signed_up_at', 'limits.onboarding_window_microseconds') }}
        and not accounts.is_internal
        and coalesce(accounts.churned_at > slips.slips_at, true)

)

select * from final
