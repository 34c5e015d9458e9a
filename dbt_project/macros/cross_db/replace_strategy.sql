{# The incremental strategy that puts rows in the place of those with the same key. DuckDB rewrites every column of a row that a
   merge updates, which costs it several times what taking the row out and adding it does. #}
{% macro replace_strategy() -%}
    {{ return(adapter.dispatch('replace_strategy')()) }}
{%- endmacro %}

{% macro default__replace_strategy() -%}
    {{ exceptions.raise_compiler_error("replace_strategy is not written for " ~ target.type ~ "; add " ~ target.type ~ "__replace_strategy to macros/cross_db/replace_strategy.sql") }}
{%- endmacro %}

{% macro duckdb__replace_strategy() -%}
    {{ return('delete+insert') }}
{%- endmacro %}

{% macro bigquery__replace_strategy() -%}
    {{ return('merge') }}
{%- endmacro %}

{% macro snowflake__replace_strategy() -%}
    {{ return('merge') }}
{%- endmacro %}
