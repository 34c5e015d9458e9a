{# The day so many days later. #}
{% macro days_after(day, days) -%}
    {{ return(adapter.dispatch('days_after')(day, days)) }}
{%- endmacro %}

{% macro default__days_after(day, days) -%}
    {{ exceptions.raise_compiler_error("days_after is not written for " ~ target.type ~ "; add " ~ target.type ~ "__days_after to macros/cross_db/days_after.sql") }}
{%- endmacro %}

{% macro duckdb__days_after(day, days) -%}
    ({{ day }} + cast({{ days }} as integer))
{%- endmacro %}

{% macro bigquery__days_after(day, days) -%}
    date_add({{ day }}, interval cast({{ days }} as int64) day)
{%- endmacro %}

{% macro snowflake__days_after(day, days) -%}
    cast(dateadd(day, {{ days }}, {{ day }}) as date)
{%- endmacro %}
