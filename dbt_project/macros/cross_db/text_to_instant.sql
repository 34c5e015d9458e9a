{# Text to a UTC instant, null if it is none. A plain cast on DuckDB drops the offset in silence, so it goes through a zoned type. #}
{% macro text_to_instant(value) -%}
    {{ return(adapter.dispatch('text_to_instant')(value)) }}
{%- endmacro %}

{% macro default__text_to_instant(value) -%}
    {{ exceptions.raise_compiler_error("text_to_instant is not written for " ~ target.type ~ "; add " ~ target.type ~ "__text_to_instant to macros/cross_db/text_to_instant.sql") }}
{%- endmacro %}

{% macro duckdb__text_to_instant(value) -%}
    cast(try_cast({{ value }} as timestamptz) as timestamp)
{%- endmacro %}

{% macro bigquery__text_to_instant(value) -%}
    safe_cast({{ value }} as timestamp)
{%- endmacro %}

{% macro snowflake__text_to_instant(value) -%}
    cast(convert_timezone('UTC', try_cast({{ value }} as timestamp_tz)) as timestamp_ntz(6))
{%- endmacro %}
