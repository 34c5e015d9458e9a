{# Whole microseconds of an amount of hours. Hours have at most four decimals, so the product is exact after rounding. #}
{% macro hours_to_microseconds(hours) -%}
    cast(round(cast({{ hours }} as {{ double_type() }}) * 3600000000) as bigint)
{%- endmacro %}
