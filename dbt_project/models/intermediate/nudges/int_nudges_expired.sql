with nudges as (

    select * from {{ ref('int_nudges_scheduled') }}

),

ledger as (

    select * from {{ ref('int_nudges_in_ledger') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

days_off as (

    select * from {{ ref('int_days_off') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- A nudge ages from the moment it was to leave and could not; one that nobody tried to send does not age.
requests as (

    select
        nudges.account_id,
        nudges.nudge_id as request_key,
        ledger.first_claimed_at as starts_at,
        limits.max_nudge_age_microseconds as microseconds
    from nudges
    cross join limits
    inner join ledger
        on nudges.nudge_id = ledger.nudge_id
    where ledger.state = 'retryable'

),

business_pauses as (

    select distinct
        accounts.account_id,
        days_off.held_from,
        days_off.held_until
    from requests
    inner join accounts
        on requests.account_id = accounts.account_id
    inner join days_off
        on
            coalesce(accounts.country_code, '') = days_off.country_code
            and accounts.timezone = days_off.timezone

),

expiries as (

    {{ deadlines('requests', 'business_pauses') }}

),

final as (

    select
        expiries.request_key as nudge_id,
        expiries.deadline_at as expires_at,
        coalesce(expiries.deadline_at < as_of.tick_at, false) as is_expired
    from expiries
    cross join as_of

)

select * from final
