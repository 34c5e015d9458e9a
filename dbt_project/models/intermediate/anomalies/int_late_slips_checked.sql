{{ config(materialized='view') }}

{% set day = 24 * 3600000000 %}

-- Whether many slips became known of a time that the last tick had already looked at: a load of old rows, or another
-- policy.
with slips as (

    select * from {{ ref('int_slips_counted') }}

),

last_tick as (

    select * from {{ ref('int_ticks_measured') }}

),

limits as (

    select * from {{ ref('int_guard_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

slips_summed as (

    select
        count(
            case
                when
                    slips.slips_at <= last_tick.as_of
                    and slips.slips_at > {{ add_microseconds('last_tick.as_of', '-1 * ' ~ (28 * day)) }}
                    then 1
            end
        ) as slips_until_last_tick,
        count(
            case when slips.slips_at > {{ add_microseconds('as_of.as_of', '-1 * ' ~ (28 * day)) }} then 1 end
        ) as slips_in_four_weeks
    from slips
    cross join last_tick
    cross join as_of

),

slips_compared as (

    select
        last_tick.has_any,
        slips_summed.slips_in_four_weeks,
        slips_summed.slips_until_last_tick - last_tick.slips as slips_known_late,
        cast(last_tick.slips as {{ double_type() }}) / 28 as slips_of_a_day,
        greatest(
            limits.anomaly_floor_slips,
            cast(limits.anomaly_factor * last_tick.slips as {{ double_type() }}) / 28
        ) as threshold
    from slips_summed
    cross join last_tick
    cross join limits

),

final as (

    select
        'slips known late' as check_name,
        'anomaly_tripped' as reason_code,
        case when not has_any or slips_known_late < 0 then 0 else slips_known_late end as observed,
        slips_of_a_day as baseline,
        threshold,
        has_any and coalesce(slips_known_late > threshold, true) as is_tripped,
        'accounts slipped before the last tick, which did not know of it: a load of old rows, or another policy; '
        || 'usual is what slipped on a day of the four weeks before' as told,
        cast(slips_in_four_weeks as bigint) as slips
    from slips_compared

)

select * from final
