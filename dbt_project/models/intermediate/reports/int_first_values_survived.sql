{{ config(tags=['report']) }}

with accounts as (

    select * from {{ ref('int_first_values_watched') }}

),

durations_counted as (

    select
        signed_up_week,
        path_key,
        arm,
        duration_microseconds,
        count(*) as accounts,
        sum(case when is_first_value_reached then 1 else 0 end) as arrivals
    from accounts
    group by signed_up_week, path_key, arm, duration_microseconds

),

-- Those censored at the very instant of an arrival are still at risk for it.
durations_at_risk as (

    select
        signed_up_week,
        path_key,
        arm,
        duration_microseconds,
        arrivals,
        sum(accounts) over (
            partition by signed_up_week, path_key, arm
            order by duration_microseconds desc
            rows between unbounded preceding and current row
        ) as at_risk
    from durations_counted

),

steps_of_arrival as (

    select
        *,
        at_risk - arrivals as left_over
    from durations_at_risk
    where arrivals > 0

),

-- No engine has a product over rows, so logarithms are summed. Nobody is left over only at the last step, and of
-- zero there is no logarithm.
final as (

    select
        signed_up_week,
        path_key,
        arm,
        duration_microseconds,
        cast(arrivals as bigint) as arrivals,
        cast(at_risk as bigint) as at_risk,
        case
            when left_over = 0 then 0
            else exp(
                sum(ln(cast(nullif(left_over, 0) as {{ double_type() }}) / at_risk)) over (
                    partition by signed_up_week, path_key, arm
                    order by duration_microseconds
                    rows between unbounded preceding and current row
                )
            )
        end as survival
    from steps_of_arrival

)

select * from final
