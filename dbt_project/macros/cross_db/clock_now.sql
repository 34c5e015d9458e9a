{# The wall clock in UTC. int_as_of alone may call it. #}
{% macro clock_now() -%}
    {{ return(adapter.dispatch('clock_now')()) }}
{%- endmacro %}

{% macro default__clock_now() -%}
    {{ exceptions.raise_compiler_error("clock_now is not written for " ~ target.type ~ "; add " ~ target.type ~ "__clock_now to macros/cross_db/clock_now.sql") }}
{%- endmacro %}

{% macro duckdb__clock_now() -%}
    (now() at time zone 'UTC')
{%- endmacro %}

{% macro bigquery__clock_now() -%}
    current_timestamp()
{%- endmacro %}

{% macro snowflake__clock_now() -%}
    cast(sysdate() as timestamp_ntz(6))
{%- endmacro %}
