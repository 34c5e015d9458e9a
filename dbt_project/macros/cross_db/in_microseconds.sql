{# An instant of the warehouse's own type in whole microseconds. Snowflake alone keeps nine digits: what is equal
   elsewhere would not be equal there. #}
{% macro in_microseconds(value) -%}
    {{ return(adapter.dispatch('in_microseconds')(value)) }}
{%- endmacro %}

{% macro default__in_microseconds(value) -%}
    {{ exceptions.raise_compiler_error("in_microseconds is not written for " ~ target.type ~ "; add " ~ target.type ~ "__in_microseconds to macros/cross_db/in_microseconds.sql") }}
{%- endmacro %}

{% macro duckdb__in_microseconds(value) -%}
    {{ value }}
{%- endmacro %}

{% macro bigquery__in_microseconds(value) -%}
    {{ value }}
{%- endmacro %}

{% macro snowflake__in_microseconds(value) -%}
    cast({{ value }} as timestamp_ntz(6))
{%- endmacro %}
