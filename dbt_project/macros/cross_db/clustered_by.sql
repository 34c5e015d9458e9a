{# The config cluster_by of a large table: at most four columns, those by which it is read or rewritten. #}
{% macro clustered_by(columns) -%}
    {{ return(adapter.dispatch('clustered_by')(columns)) }}
{%- endmacro %}

{% macro default__clustered_by(columns) -%}
    {{ exceptions.raise_compiler_error("clustered_by is not written for " ~ target.type ~ "; add " ~ target.type ~ "__clustered_by to macros/cross_db/clustered_by.sql") }}
{%- endmacro %}

{% macro duckdb__clustered_by(columns) -%}
    {{ return(none) }}
{%- endmacro %}

{% macro bigquery__clustered_by(columns) -%}
    {{ return(columns) }}
{%- endmacro %}

{% macro snowflake__clustered_by(columns) -%}
    {{ return(columns) }}
{%- endmacro %}
