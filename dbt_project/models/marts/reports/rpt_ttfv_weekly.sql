{{ config(tags=['report']) }}

{% set horizon = 720 * 3600000000 %}

with accounts as (

    select * from {{ ref('int_first_values_watched') }}

),

steps as (

    select * from {{ ref('int_first_values_survived') }}

),

cohorts_counted as (

    select
        signed_up_week,
        path_key,
        arm,
        is_mature_14d,
        is_mature_30d,
        as_of,
        count(*) as accounts,
        sum(case when is_first_value_reached then 1 else 0 end) as accounts_reached,
        sum(case when is_first_value_14d then 1 else 0 end) as accounts_reached_14d,
        sum(case when is_activated_30d then 1 else 0 end) as accounts_reached_30d,
        sum(case when duration_microseconds >= {{ horizon }} then 1 else 0 end) as accounts_at_risk_at_horizon,
        max(watched_microseconds) as longest_watched_microseconds,
        avg(hours_to_first_value) as mean_hours_of_arrived
    from accounts
    group by signed_up_week, path_key, arm, is_mature_14d, is_mature_30d, as_of

),

-- Half of the accounts is exactly half, whatever the last bit of a sum of logarithms says.
medians_read as (

    select
        signed_up_week,
        path_key,
        arm,
        min(duration_microseconds) as median_microseconds
    from steps
    where survival <= 0.5 + 1e-9
    group by signed_up_week, path_key, arm

),

steps_within_horizon as (

    select
        signed_up_week,
        path_key,
        arm,
        duration_microseconds,
        survival,
        coalesce(
            lead(duration_microseconds) over (
                partition by signed_up_week, path_key, arm order by duration_microseconds
            ),
            {{ horizon }}
        ) as until_microseconds
    from steps
    where duration_microseconds <= {{ horizon }}

),

areas_summed as (

    select
        signed_up_week,
        path_key,
        arm,
        min(duration_microseconds)
        + sum(survival * (until_microseconds - duration_microseconds)) as restricted_mean_microseconds,
        min(survival) as least_survival
    from steps_within_horizon
    group by signed_up_week, path_key, arm

),

-- Past the last account watched the curve is unknown, unless it has come down to zero; it is not carried on.
cohorts_measured as (

    select
        cohorts_counted.*,
        medians_read.median_microseconds,
        case
            when cohorts_counted.longest_watched_microseconds < {{ horizon }} then null
            when
                cohorts_counted.accounts_at_risk_at_horizon = 0
                and coalesce(areas_summed.least_survival, 1) > 0
                then null
            else coalesce(areas_summed.restricted_mean_microseconds, {{ horizon }})
        end as restricted_mean_microseconds
    from cohorts_counted
    left join medians_read
        on
            cohorts_counted.signed_up_week = medians_read.signed_up_week
            and cohorts_counted.path_key = medians_read.path_key
            and cohorts_counted.arm = medians_read.arm
    left join areas_summed
        on
            cohorts_counted.signed_up_week = areas_summed.signed_up_week
            and cohorts_counted.path_key = areas_summed.path_key
            and cohorts_counted.arm = areas_summed.arm

),

final as (

    select
        signed_up_week,
        path_key,
        arm,
        cast(accounts as bigint) as accounts,
        cast(accounts_reached as bigint) as accounts_reached,
        cast(median_microseconds as {{ double_type() }}) / 3600000000 as median_hours_to_first_value,
        cast(restricted_mean_microseconds as {{ double_type() }}) / 3600000000 as restricted_mean_hours_30d,
        case
            when is_mature_14d then cast(accounts_reached_14d as {{ double_type() }}) / accounts
        end as share_first_value_14d,
        case
            when is_mature_30d then cast(accounts_reached_30d as {{ double_type() }}) / accounts
        end as share_first_value_30d,
        cast(mean_hours_of_arrived as {{ double_type() }}) as naive_mean_hours_completers_biased,
        cast(accounts - accounts_reached as {{ double_type() }}) / accounts as share_censored,
        is_mature_14d,
        is_mature_30d,
        as_of
    from cohorts_measured

)

select * from final
