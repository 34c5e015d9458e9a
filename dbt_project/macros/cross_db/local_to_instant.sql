{# The UTC instant at which the wall clock of a zone shows a local time. #}
{% macro local_to_instant(local, time_zone) -%}
    {{ return(adapter.dispatch('local_to_instant')(local, time_zone)) }}
{%- endmacro %}

{% macro default__local_to_instant(local, time_zone) -%}
    {{ exceptions.raise_compiler_error("local_to_instant is not written for " ~ target.type ~ "; add " ~ target.type ~ "__local_to_instant to macros/cross_db/local_to_instant.sql") }}
{%- endmacro %}

{% macro duckdb__local_to_instant(local, time_zone) -%}
    (({{ local }} at time zone {{ time_zone }}) at time zone 'UTC')
{%- endmacro %}

{% macro bigquery__local_to_instant(local, time_zone) -%}
    timestamp(cast({{ local }} as datetime), {{ time_zone }})
{%- endmacro %}

{% macro snowflake__local_to_instant(local, time_zone) -%}
    convert_timezone({{ time_zone }}, 'UTC', {{ local }})
{%- endmacro %}
