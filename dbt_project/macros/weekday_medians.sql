{# What a day brought beside what the same weekday brought in the four weeks before it.

   judged: name of a CTE with series_key, judged_on, counted_from: the first day on which nothing means none
   counted: name of a CTE with series_key, counted_on, amount; a day without a row brought nothing
   holidays: name of a CTE with holiday_on, one row each; a holiday is no measure of its weekday
   Gives series_key, judged_on, is_holiday, observed, weeks (how many of the four have a day that counts), median (null
   for none). #}
{% macro weekday_medians(judged, counted, holidays) -%}
    select
        series_key,
        judged_on,
        max(is_holiday) = 1 as is_holiday,
        max(case when weeks_before = 0 then amount end) as observed,
        max(case when weeks_before > 0 then place else 0 end) as weeks,
        {# The middle one, or the two in the middle. #}
        avg(case when weeks_before > 0 and 2 * place between weeks_counted and weeks_counted + 2 then amount end) as median
    from (
        select
            days.series_key,
            days.judged_on,
            days.weeks_before,
            days.is_holiday,
            days.amount,
            row_number() over (
                partition by days.series_key, days.judged_on, days.is_before
                order by days.amount
            ) as place,
            count(*) over (partition by days.series_key, days.judged_on, days.is_before) as weeks_counted
        from (
            select
                judged.series_key,
                judged.judged_on,
                weeks_back.n as weeks_before,
                weeks_back.n > 0 as is_before,
                max(case when holidays.holiday_on is null then 0 else 1 end) as is_holiday,
                cast(coalesce(max(counted.amount), 0) as {{ double_type() }}) as amount
            from {{ judged }} as judged
            cross join ({{ numbers_to(4) }}) as weeks_back
            left join {{ counted }} as counted
                on
                    judged.series_key = counted.series_key
                    and counted.counted_on = {{ days_after('judged.judged_on', '-7 * weeks_back.n') }}
            left join {{ holidays }} as holidays
                on holidays.holiday_on = {{ days_after('judged.judged_on', '-7 * weeks_back.n') }}
            where
                weeks_back.n = 0
                or (
                    {{ days_after('judged.judged_on', '-7 * weeks_back.n') }} >= judged.counted_from
                    and holidays.holiday_on is null
                )
            group by judged.series_key, judged.judged_on, weeks_back.n
        ) as days
    ) as days_ranked
    group by series_key, judged_on
{%- endmacro %}
