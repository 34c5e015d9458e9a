{{ config(materialized='view') }}

{% set day = 24 * 3600000000 %}
{% set fewest_weeks = 2 %}

-- Whether the event of a milestone does not arrive any more. That nothing was completed can be said of a day that is
-- over, and of a day on which most accounts work.
with milestones as (

    select * from {{ ref('fct_account_milestones') }}

),

accounts as (

    select * from {{ ref('dim_accounts') }}

),

holidays as (

    select * from {{ ref('int_holidays_shared') }}

),

limits as (

    select * from {{ ref('int_guard_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

completions_by_day as (

    select
        milestones.milestone_key as series_key,
        cast(milestones.completed_at as date) as counted_on,
        count(*) as amount
    from milestones
    cross join as_of
    where
        milestones.completed_at <= as_of.as_of
        and milestones.completed_at > {{ add_microseconds('as_of.as_of', '-1 * ' ~ (31 * day)) }}
    group by milestones.milestone_key, cast(milestones.completed_at as date)

),

history_begun as (

    select min(cast(signed_up_at as date)) as counted_from
    from accounts

),

days_judged as (

    select distinct
        completions_by_day.series_key,
        {{ days_after('cast(as_of.as_of as date)', '-1') }} as judged_on,
        history_begun.counted_from
    from completions_by_day
    cross join as_of
    cross join history_begun

),

days_compared as (

    {{ weekday_medians('days_judged', 'completions_by_day', 'holidays') }}

),

final as (

    select
        'completions of ' || days_compared.series_key || ' on '
        || cast(days_compared.judged_on as {{ dbt.type_string() }}) as check_name,
        'anomaly_tripped' as reason_code,
        days_compared.observed,
        days_compared.median as baseline,
        case when days_compared.median > limits.silent_milestone_median then 1 else 0 end as threshold,
        days_compared.weeks >= {{ fewest_weeks }}
        and not days_compared.is_holiday
        and days_compared.observed = 0
        and coalesce(days_compared.median > limits.silent_milestone_median, true) as is_tripped,
        'accounts completed the milestone on that day; none at all, where the weekday has its number, is an event that '
        || 'does not arrive any more' as told
    from days_compared
    cross join limits

)

select * from final
