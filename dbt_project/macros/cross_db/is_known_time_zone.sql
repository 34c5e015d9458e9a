{# Whether the engine knows the zone. An offset is none: it has no summer. #}
{% macro is_known_time_zone(time_zone) -%}
    {{ return(adapter.dispatch('is_known_time_zone')(time_zone)) }}
{%- endmacro %}

{% macro default__is_known_time_zone(time_zone) -%}
    {{ exceptions.raise_compiler_error("is_known_time_zone is not written for " ~ target.type ~ "; add " ~ target.type ~ "__is_known_time_zone to macros/cross_db/is_known_time_zone.sql") }}
{%- endmacro %}

{% macro duckdb__is_known_time_zone(time_zone) -%}
    ({{ time_zone }} in (select name from pg_timezone_names()))
{%- endmacro %}

{% macro bigquery__is_known_time_zone(time_zone) -%}
    (safe.datetime(timestamp '2026-01-01', {{ time_zone }}) is not null and regexp_contains({{ time_zone }}, r'^[A-Z]') and not regexp_contains({{ time_zone }}, r'^UTC.'))
{%- endmacro %}

{# Snowflake has neither a list of its zones nor a conversion that gives null. #}
{% macro snowflake__is_known_time_zone(time_zone) -%}
    {%- set names = ['UTC'] -%}
    {%- for name in modules.pytz.all_timezones if '/' in name -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    ({{ time_zone }} in ('{{ names | join("', '") }}'))
{%- endmacro %}
