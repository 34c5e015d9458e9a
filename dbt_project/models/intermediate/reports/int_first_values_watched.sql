{{ config(tags=['report']) }}

{% set fourteen_days = 336 * 3600000000 %}
{% set thirty_days = 720 * 3600000000 %}

with accounts as (

    select * from {{ ref('dim_accounts') }}

),

progress as (

    select * from {{ ref('fct_onboarding_progress') }}

),

enrolments as (

    select * from {{ ref('int_accounts_enrolled') }}

),

-- Whole microseconds, so that accounts of one duration are one step and a horizon is met exactly. Who left us is
-- watched on: censored at churn, a customer who gives up early would look like a fast one.
accounts_watched as (

    select
        accounts.account_id,
        progress.path_key,
        coalesce(enrolments.arm, 'not_enrolled') as arm,
        {{ microseconds_between('progress.signed_up_at', 'progress.as_of') }} as watched_microseconds,
        {{ hours_to_microseconds('progress.hours_to_first_value') }} as arrived_microseconds,
        progress.hours_to_first_value,
        progress.is_first_value_14d,
        progress.is_activated_30d,
        {{ start_of_week('progress.signed_up_at') }} as signed_up_week,
        progress.signed_up_at,
        progress.as_of
    from accounts
    inner join progress
        on accounts.account_id = progress.account_id
    left join enrolments
        on accounts.account_id = enrolments.account_id
    where not accounts.is_internal

),

weeks_ended as (

    select
        *,
        cast({{ days_after('signed_up_week', 7) }} as timestamp) as week_ended_at
    from accounts_watched

),

final as (

    select
        account_id,
        path_key,
        arm,
        watched_microseconds,
        coalesce(arrived_microseconds, watched_microseconds) as duration_microseconds,
        hours_to_first_value,
        arrived_microseconds is not null as is_first_value_reached,
        is_first_value_14d,
        is_activated_30d,
        {{ microseconds_between('week_ended_at', 'as_of') }} >= {{ fourteen_days }} as is_mature_14d,
        {{ microseconds_between('week_ended_at', 'as_of') }} >= {{ thirty_days }} as is_mature_30d,
        signed_up_week,
        signed_up_at,
        as_of
    from weeks_ended

)

select * from final
