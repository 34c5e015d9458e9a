{# The 64-bit float. There is no common name, and a bare float is 32 bits wide on DuckDB. #}
{% macro double_type() -%}
    {{ return(adapter.dispatch('double_type')()) }}
{%- endmacro %}

{% macro default__double_type() -%}
    {{ exceptions.raise_compiler_error("double_type is not written for " ~ target.type ~ "; add " ~ target.type ~ "__double_type to macros/cross_db/double_type.sql") }}
{%- endmacro %}

{% macro duckdb__double_type() -%}
    double
{%- endmacro %}

{% macro bigquery__double_type() -%}
    float64
{%- endmacro %}

{% macro snowflake__double_type() -%}
    float
{%- endmacro %}
