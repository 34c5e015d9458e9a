{{ config(materialized='view') }}

{% set fewest_weeks = 2 %}

-- Whether unusually many accounts slipped on the day of the facts or on the one before it: what went wrong just before
-- midnight is no less wrong after it.
with slips as (

    select * from {{ ref('int_slips_counted') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

holidays as (

    select * from {{ ref('int_holidays_shared') }}

),

last_tick as (

    select * from {{ ref('int_ticks_measured') }}

),

release as (

    select * from {{ ref('int_anomalies_released') }}

),

limits as (

    select * from {{ ref('int_guard_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

history_begun as (

    select min(cast(signed_up_at as date)) as counted_from
    from accounts

),

days_judged as (

    select
        'slips' as series_key,
        cast(as_of.as_of as date) as judged_on,
        history_begun.counted_from
    from as_of
    cross join history_begun
    union all
    select
        'slips' as series_key,
        {{ days_after('cast(as_of.as_of as date)', '-1') }} as judged_on,
        history_begun.counted_from
    from as_of
    cross join history_begun

),

-- What had slipped when the first tick came that was not held back is the history by which days are measured, and no
-- news of its own day.
slips_by_day as (

    select
        'slips' as series_key,
        cast(slips.slips_at as date) as counted_on,
        count(*) as amount,
        count(case when slips.slips_at < release.until_at then 1 end) as amount_released
    from slips
    cross join last_tick
    cross join release
    cross join as_of
    where
        slips.slips_at > last_tick.first_as_of
        or cast(slips.slips_at as date) < {{ days_after('cast(as_of.as_of as date)', '-1') }}
    group by cast(slips.slips_at as date)

),

days_compared as (

    {{ weekday_medians('days_judged', 'slips_by_day', 'holidays') }}

),

-- A day is judged for longer than a release lasts. What somebody has let through, as many as they said, does not hold
-- again once its time is over; what slipped since then is judged by itself.
days_without_released as (

    select
        days_compared.judged_on,
        days_compared.weeks,
        days_compared.median,
        days_compared.observed - case
            when not release.is_in_force and slips_by_day.amount_released <= release.up_to
                then slips_by_day.amount_released
            else 0
        end as observed,
        greatest(limits.anomaly_floor_slips, limits.anomaly_factor * coalesce(days_compared.median, 0)) as threshold
    from days_compared
    cross join release
    cross join limits
    left join slips_by_day
        on days_compared.judged_on = slips_by_day.counted_on

),

final as (

    select
        'slips of ' || cast(judged_on as {{ dbt.type_string() }}) as check_name,
        'anomaly_tripped' as reason_code,
        observed,
        median as baseline,
        threshold,
        weeks >= {{ fewest_weeks }} and coalesce(observed > threshold, true) as is_tripped,
        'accounts slipped on that day since the first tick; usual is the median of its weekday in the four weeks before'
            as told
    from days_without_released

)

select * from final
