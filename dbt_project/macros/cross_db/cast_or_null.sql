{# A cast that gives null for what cannot be cast. dbt.safe_cast raises on DuckDB. #}
{% macro cast_or_null(value, data_type) -%}
    {{ return(adapter.dispatch('cast_or_null')(value, data_type)) }}
{%- endmacro %}

{% macro default__cast_or_null(value, data_type) -%}
    {{ exceptions.raise_compiler_error("cast_or_null is not written for " ~ target.type ~ "; add " ~ target.type ~ "__cast_or_null to macros/cross_db/cast_or_null.sql") }}
{%- endmacro %}

{% macro duckdb__cast_or_null(value, data_type) -%}
    try_cast({{ value }} as {{ data_type }})
{%- endmacro %}

{% macro bigquery__cast_or_null(value, data_type) -%}
    safe_cast({{ value }} as {{ data_type }})
{%- endmacro %}

{% macro snowflake__cast_or_null(value, data_type) -%}
    try_cast(cast({{ value }} as varchar) as {{ data_type }})
{%- endmacro %}
