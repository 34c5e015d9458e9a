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
    {#- It takes neither a time without seconds nor one that is finer than microseconds. -#}
    safe_cast(regexp_replace(regexp_replace(trim({{ value }}), r'(\.\d{6})\d+', r'\1'), r'^(\d+-\d+-\d+[ T]\d+:\d+)($|[Z+-])', r'\1:00\2') as timestamp)
{%- endmacro %}

{% macro snowflake__text_to_instant(value) -%}
    {#- It reads digits as seconds or more after 1970; nobody can say which. -#}
    cast(convert_timezone('UTC', try_cast(case when not regexp_like({{ value }}, ' *[0-9]+ *') then trim({{ value }}) end as timestamp_tz)) as timestamp_ntz(6))
{%- endmacro %}
