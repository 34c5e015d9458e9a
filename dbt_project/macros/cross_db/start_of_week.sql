{# The Monday of the ISO week of a day. date_trunc starts on Sunday on BigQuery and wherever WEEK_START says on Snowflake. #}
{% macro start_of_week(day) -%}
    {{ return(adapter.dispatch('start_of_week')(day)) }}
{%- endmacro %}

{% macro default__start_of_week(day) -%}
    {{ exceptions.raise_compiler_error("start_of_week is not written for " ~ target.type ~ "; add " ~ target.type ~ "__start_of_week to macros/cross_db/start_of_week.sql") }}
{%- endmacro %}

{% macro duckdb__start_of_week(day) -%}
    cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}

{% macro bigquery__start_of_week(day) -%}
    date_trunc(date({{ day }}), isoweek)
{%- endmacro %}

{% macro snowflake__start_of_week(day) -%}
    dateadd(day, 1 - dayofweekiso({{ day }}), cast({{ day }} as date))
{%- endmacro %}
