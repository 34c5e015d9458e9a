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

{# Snowflake has no list of its zones. It takes the names of the IANA database, but few without a region, and one name that
   it does not take fails the whole query: only what is sure counts as known. #}
{% macro snowflake__is_known_time_zone(time_zone) -%}
    ({{ time_zone }} in ('UTC'{% for name in modules.pytz.all_timezones if '/' in name %}, '{{ name }}'{% endfor %}))
{%- endmacro %}
