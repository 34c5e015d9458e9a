{# Whether the engine knows the zone. #}
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
    (safe.datetime(timestamp '2026-01-01', {{ time_zone }}) is not null)
{%- endmacro %}

{% macro snowflake__is_known_time_zone(time_zone) -%}
    (regexp_like({{ time_zone }}, '^(UTC|[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_+-]+)+)$'))
{%- endmacro %}
