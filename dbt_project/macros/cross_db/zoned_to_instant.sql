{# The UTC instant of a column whose type carries a zone. #}
{% macro zoned_to_instant(value) -%}
    {{ return(adapter.dispatch('zoned_to_instant')(value)) }}
{%- endmacro %}

{% macro default__zoned_to_instant(value) -%}
    {{ exceptions.raise_compiler_error("zoned_to_instant is not written for " ~ target.type ~ "; add " ~ target.type ~ "__zoned_to_instant to macros/cross_db/zoned_to_instant.sql") }}
{%- endmacro %}

{% macro duckdb__zoned_to_instant(value) -%}
    cast({{ value }} as timestamp)
{%- endmacro %}

{% macro bigquery__zoned_to_instant(value) -%}
    cast({{ value }} as timestamp)
{%- endmacro %}

{# A plain cast keeps the wall clock of the value's own zone. #}
{% macro snowflake__zoned_to_instant(value) -%}
    cast(convert_timezone('UTC', {{ value }}) as timestamp_ntz(6))
{%- endmacro %}
