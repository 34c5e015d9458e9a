{# The instant so many seconds after 1970, from a number of any type; null for what lies outside the years 1 to 9999, which
   no engine can hold. #}
{% macro instant_from_number(number, microseconds_per_unit) -%}
    {%- set microseconds = 'round(cast(' ~ number ~ ' as ' ~ double_type() ~ ') * ' ~ microseconds_per_unit ~ ')' -%}
    case
        when {{ microseconds }} between -62135596800000000 and 253402300799000000
            then {{ add_microseconds(instant_literal('1970-01-01 00:00:00'), 'cast(' ~ microseconds ~ ' as bigint)') }}
    end
{%- endmacro %}
