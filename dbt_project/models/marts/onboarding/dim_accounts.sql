{{ config(materialized='view') }}

with accounts as (

    select * from {{ ref('int_accounts_resolved') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- Who signs up after the instant of the facts does not exist yet.
accounts_existing as (

    select
        accounts.account_id,
        accounts.account_name,
        accounts.path_key,
        accounts.segment,
        accounts.plan,
        accounts.country_code,
        accounts.csm_name,
        accounts.csm_email,
        accounts.csm_slack_id,
        accounts.timezone,
        accounts.seats,
        accounts.cycle,
        accounts.is_internal,
        accounts.is_business_clock,
        accounts.signed_up_at,
        accounts.cycle_started_at,
        accounts.churned_at
    from accounts
    cross join as_of
    where accounts.signed_up_at <= as_of.as_of

),

final as (

    select * from accounts_existing

)

select * from final
