{# Whether nobody works on a day: weekends and holidays. `holiday` is a column of the holiday on that day, null for none. #}
{% macro is_day_off(day, holiday) -%}
    ({{ iso_weekday(day) }} >= 6 or {{ holiday }} is not null)
{%- endmacro %}
