{# The wall clock in a zone at an instant. The zone has to be a known one: an unknown one fails the whole query. #}
{% macro local_time(instant, time_zone) -%}
    {{ return(adapter.dispatch('local_time')(instant, time_zone)) }}
{%- endmacro %}

{% macro default__local_time(instant, time_zone) -%}
    {{ exceptions.raise_compiler_error("local_time is not written for " ~ target.type ~ "; add " ~ target.type ~ "__local_time to macros/cross_db/local_time.sql") }}
{%- endmacro %}

{% macro duckdb__local_time(instant, time_zone) -%}
    (({{ instant }} at time zone 'UTC') at time zone {{ time_zone }})
{%- endmacro %}

{% macro bigquery__local_time(instant, time_zone) -%}
    datetime({{ instant }}, {{ time_zone }})
{%- endmacro %}

{% macro snowflake__local_time(instant, time_zone) -%}
    convert_timezone('UTC', {{ time_zone }}, {{ instant }})
{%- endmacro %}
