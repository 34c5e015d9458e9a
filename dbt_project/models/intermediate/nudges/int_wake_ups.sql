{{ config(materialized='view') }}

-- The instants at which time alone can change a decision. Some wait for the facts to get there, some for the clock.
with clocks as (

    select * from {{ ref('int_account_clocks') }}

),

nudges as (

    select * from {{ ref('int_nudges_scheduled') }}

),

holds as (

    select * from {{ ref('int_holds_merged') }}

),

raw_touches as (

    select * from {{ ref('stg_crm__account_touches') }}

),

crm_accounts as (

    select * from {{ ref('stg_crm__accounts') }}

),

events as (

    select * from {{ ref('int_events_loaded') }}

),

touches as (

    select * from {{ ref('int_accounts_touched') }}

),

expiries as (

    select * from {{ ref('int_nudges_expired') }}

),

nudges_set as (

    select * from {{ ref('int_nudges_set') }}

),

crm_holds as (

    select * from {{ ref('int_crm_holds_resolved') }}

),

quiet_hours as (

    select * from {{ ref('int_quiet_hours') }}

),

sends_limited as (

    select * from {{ ref('int_sends_limited') }}

),

accounts as (

    select * from {{ ref('int_accounts_resolved') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

stops as (

    select * from {{ ref('int_stops_timed') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

wake_ups as (

    select
        slips_at as wake_at,
        'as_of' as follows,
        'slip' as reason
    from clocks
    union all
    select
        due_at as wake_at,
        'as_of' as follows,
        'due' as reason
    from nudges
    union all
    select
        eligible_at as wake_at,
        'as_of' as follows,
        'eligible' as reason
    from nudges
    union all
    select
        signed_up_at as wake_at,
        'as_of' as follows,
        'sign_up' as reason
    from accounts
    union all
    select
        churned_at as wake_at,
        'as_of' as follows,
        'churn' as reason
    from accounts
    union all
    select
        held_from as wake_at,
        'tick_at' as follows,
        'hold_begins' as reason
    from holds
    union all
    select
        held_until as wake_at,
        'tick_at' as follows,
        'hold_ends' as reason
    from holds
    union all
    select
        with_csm_until as wake_at,
        'tick_at' as follows,
        'touch_ends' as reason
    from touches
    union all
    select
        occurred_at as wake_at,
        'tick_at' as follows,
        'touch_begins' as reason
    from raw_touches
    union all
    select
        cycle_started_at as wake_at,
        'as_of' as follows,
        'cycle_begins' as reason
    from crm_accounts
    union all
    -- A row that a fast clock has loaded ahead of time exists once that time has come.
    select
        loaded_at as wake_at,
        'tick_at' as follows,
        'arrival' as reason
    from events
    union all
    select
        expires_at as wake_at,
        'tick_at' as follows,
        'expiry' as reason
    from expiries
    union all
    select
        ends_at as wake_at,
        'tick_at' as follows,
        'hint_ends' as reason
    from nudges_set
    union all
    -- A hold that begins within a weekend is no new one for a clock, and takes a hint away all the same.
    select
        crm_holds.held_from as wake_at,
        'tick_at' as follows,
        'hold_begins' as reason
    from nudges_set
    inner join crm_holds
        on nudges_set.account_id = crm_holds.account_id
    union all
    select
        next_opens_at as wake_at,
        'tick_at' as follows,
        'quiet_hours_end' as reason
    from quiet_hours
    union all
    select
        opens_at as wake_at,
        'tick_at' as follows,
        'cap_opens' as reason
    from sends_limited
    union all
    select
        {{ add_microseconds('accounts.signed_up_at', 'limits.onboarding_window_microseconds') }} as wake_at,
        'tick_at' as follows,
        'window_ends' as reason
    from accounts
    cross join limits
    union all
    select
        wake_at,
        follows,
        reason
    from stops

),

final as (

    select distinct
        wake_ups.wake_at,
        wake_ups.follows,
        wake_ups.reason
    from wake_ups
    cross join as_of
    where
        (wake_ups.follows = 'as_of' and wake_ups.wake_at > as_of.as_of)
        or (wake_ups.follows = 'tick_at' and wake_ups.wake_at > as_of.tick_at)

)

select * from final
