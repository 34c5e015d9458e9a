{# Whole microseconds from one instant to another, as an integer. #}
{% macro microseconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('microseconds_between')(earlier, later)) }}
{%- endmacro %}

{% macro default__microseconds_between(earlier, later) -%}
    {{ exceptions.raise_compiler_error("microseconds_between is not written for " ~ target.type ~ "; add " ~ target.type ~ "__microseconds_between to macros/cross_db/microseconds_between.sql") }}
{%- endmacro %}

{% macro duckdb__microseconds_between(earlier, later) -%}
    date_diff('microsecond', {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro bigquery__microseconds_between(earlier, later) -%}
    timestamp_diff({{ later }}, {{ earlier }}, microsecond)
{%- endmacro %}

{% macro snowflake__microseconds_between(earlier, later) -%}
    datediff(microsecond, {{ earlier }}, {{ later }})
{%- endmacro %}
