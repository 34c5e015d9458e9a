{#- As long as the longest run of days off that anybody plans. #}
{% set days_behind = 14 %}
{% set days_ahead = 30 %}
{% set hour = 3600000000 %}

with accounts as (

    select * from {{ ref('dim_accounts') }}

),

recipients as (

    select * from {{ ref('int_recipients_chosen') }}

),

holidays as (

    select
        country_code,
        {{ cast_or_null('holiday_on', 'date') }} as holiday_on
    from {{ ref('holidays') }}

),

limits as (

    select * from {{ ref('int_limits') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

numbers as (

    {{ numbers_to(days_behind + days_ahead) }}

),

-- Where somebody may be written to: people in their own zone, or in that of their account.
places as (

    select distinct
        coalesce(country_code, '') as country_code,
        timezone
    from accounts
    union distinct
    select
        coalesce(accounts.country_code, '') as country_code,
        recipients.timezone
    from recipients
    inner join accounts
        on recipients.account_id = accounts.account_id
    where recipients.timezone is not null

),

places_timed as (

    select
        places.country_code,
        places.timezone,
        limits.quiet_hours_start,
        limits.quiet_hours_end,
        as_of.tick_at,
        {{ local_time('as_of.tick_at', 'places.timezone') }} as local_at
    from places
    cross join limits
    cross join as_of

),

days as (

    select
        places_timed.*,
        cast(places_timed.local_at as date) as today,
        {{ days_after('cast(places_timed.local_at as date)', 'numbers.n - ' ~ days_behind) }} as day_on
    from places_timed
    cross join numbers

),

days_judged as (

    select
        days.*,
        {{ is_day_off('days.day_on', 'holidays.holiday_on') }} as is_off
    from days
    left join holidays
        on
            days.country_code = holidays.country_code
            and days.day_on = holidays.holiday_on

),

days_after_days as (

    select
        *,
        lag(is_off) over (partition by country_code, timezone order by day_on) as is_after_day_off
    from days_judged

),

-- A working day opens when the quiet hours end; where they do not last over midnight, also as it begins after a day
-- off.
openings as (

    select
        country_code,
        timezone,
        tick_at,
        {{ add_microseconds('cast(day_on as timestamp)', 'quiet_hours_end * ' ~ hour) }} as opens_local
    from days_after_days
    where not is_off
    union all
    select
        country_code,
        timezone,
        tick_at,
        cast(day_on as timestamp) as opens_local
    from days_after_days
    where
        not is_off
        and is_after_day_off
        and quiet_hours_start > 0
        and quiet_hours_start < quiet_hours_end

),

openings_converted as (

    select
        country_code,
        timezone,
        tick_at,
        opens_local,
        {{ local_to_instant('opens_local', 'timezone') }} as opens_at
    from openings

),

openings_around as (

    select
        country_code,
        timezone,
        tick_at,
        {{ first_instant_of('opens_at', 'opens_local', 'timezone') }} as opens_at
    from openings_converted

),

openings_summed as (

    select
        country_code,
        timezone,
        max(case when opens_at <= tick_at then opens_at end) as opened_at,
        min(case when opens_at > tick_at then opens_at end) as next_opens_at
    from openings_around
    group by country_code, timezone

),

final as (

    select
        days_judged.country_code,
        days_judged.timezone,
        days_judged.is_off
        or case
            when days_judged.quiet_hours_start < days_judged.quiet_hours_end
                then
                    extract(hour from days_judged.local_at) >= days_judged.quiet_hours_start
                    and extract(hour from days_judged.local_at) < days_judged.quiet_hours_end
            else
                extract(hour from days_judged.local_at) >= days_judged.quiet_hours_start
                or extract(hour from days_judged.local_at) < days_judged.quiet_hours_end
        end as is_quiet,
        openings_summed.opened_at,
        openings_summed.next_opens_at
    from days_judged
    left join openings_summed
        on
            days_judged.country_code = openings_summed.country_code
            and days_judged.timezone = openings_summed.timezone
    where days_judged.day_on = days_judged.today

)

select * from final
