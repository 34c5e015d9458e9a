{# The instant as 2026-01-31T08:00:00.000000Z. #}
{% macro instant_to_text(instant) -%}
    {{ return(adapter.dispatch('instant_to_text')(instant)) }}
{%- endmacro %}

{% macro default__instant_to_text(instant) -%}
    {{ exceptions.raise_compiler_error("instant_to_text is not written for " ~ target.type ~ "; add " ~ target.type ~ "__instant_to_text to macros/cross_db/instant_to_text.sql") }}
{%- endmacro %}

{% macro duckdb__instant_to_text(instant) -%}
    strftime({{ instant }}, '%Y-%m-%dT%H:%M:%S.%fZ')
{%- endmacro %}

{% macro bigquery__instant_to_text(instant) -%}
    format_timestamp('%Y-%m-%dT%H:%M:%E6SZ', {{ instant }})
{%- endmacro %}

{% macro snowflake__instant_to_text(instant) -%}
    to_char(cast({{ instant }} as timestamp_ntz), 'YYYY-MM-DD"T"HH24:MI:SS.FF6') || 'Z'
{%- endmacro %}
