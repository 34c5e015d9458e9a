{% set days_ahead = 730 %}
{#- A century back from now: one sign-up in 1900 must not cut the calendar short for its whole country. #}
{% set most_days = 40000 %}

with accounts as (

    select * from {{ ref('dim_accounts') }}

),

holidays as (

    select
        country_code,
        {{ cast_or_null('holiday_on', 'date') }} as holiday_on
    from {{ ref('holidays') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

calendars as (

    select
        coalesce(accounts.country_code, '') as country_code,
        accounts.timezone,
        greatest(
            cast(min(accounts.signed_up_at) as date),
            {{ days_after('cast(max(as_of.as_of) as date)', '-1 * ' ~ (most_days - days_ahead - 10)) }}
        ) as first_on
    from accounts
    cross join as_of
    group by coalesce(accounts.country_code, ''), accounts.timezone

),

numbers as (

    {{ numbers_to(most_days) }}

),

days as (

    select
        calendars.country_code,
        calendars.timezone,
        {{ days_after('calendars.first_on', 'numbers.n - 3') }} as day_on
    from calendars
    cross join as_of
    inner join numbers
        on
            {{ days_after('calendars.first_on', 'numbers.n - 3') }}
            <= {{ days_after('cast(as_of.as_of as date)', days_ahead) }}

),

days_without_work as (

    select
        days.country_code,
        days.timezone,
        days.day_on
    from days
    left join holidays
        on
            days.country_code = holidays.country_code
            and days.day_on = holidays.holiday_on
    where
        {{ is_day_off('days.day_on', 'holidays.holiday_on') }}

),

-- Days in a row are one pause: a day minus its place in the order stays the same along a run.
runs_numbered as (

    select
        country_code,
        timezone,
        day_on,
        {{ days_after(
            'day_on',
            '-1 * row_number() over (partition by country_code, timezone order by day_on)'
        ) }} as run_key
    from (
        select distinct
            country_code,
            timezone,
            day_on
        from days_without_work
    ) as days_distinct

),

runs as (

    select
        country_code,
        timezone,
        min(day_on) as first_on,
        {{ days_after('max(day_on)', 1) }} as until_on
    from runs_numbered
    group by country_code, timezone, run_key

),

midnights as (

    select
        country_code,
        timezone,
        first_on,
        until_on,
        {{ local_to_instant('cast(first_on as timestamp)', 'timezone') }} as held_from,
        {{ local_to_instant('cast(until_on as timestamp)', 'timezone') }} as held_until
    from runs

),

final as (

    select
        country_code,
        timezone,
        {{ first_instant_of('held_from', 'first_on', 'timezone') }} as held_from,
        {{ first_instant_of('held_until', 'until_on', 'timezone') }} as held_until
    from midnights

)

select * from final
