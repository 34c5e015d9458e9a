{# A UTC instant from milliseconds since 1970. #}
{% macro instant_from_milliseconds(milliseconds) -%}
    {{ return(adapter.dispatch('instant_from_milliseconds')(milliseconds)) }}
{%- endmacro %}

{% macro default__instant_from_milliseconds(milliseconds) -%}
    {{ exceptions.raise_compiler_error("instant_from_milliseconds is not written for " ~ target.type ~ "; add " ~ target.type ~ "__instant_from_milliseconds to macros/cross_db/instant_from_milliseconds.sql") }}
{%- endmacro %}

{% macro duckdb__instant_from_milliseconds(milliseconds) -%}
    make_timestamp(cast({{ milliseconds }} as bigint) * 1000)
{%- endmacro %}

{% macro bigquery__instant_from_milliseconds(milliseconds) -%}
    timestamp_millis(cast({{ milliseconds }} as int64))
{%- endmacro %}

{% macro snowflake__instant_from_milliseconds(milliseconds) -%}
    to_timestamp_ntz(cast({{ milliseconds }} as bigint), 3)
{%- endmacro %}
