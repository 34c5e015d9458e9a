{# The incremental strategy that adds rows and touches none. dbt-bigquery has no append; its merge without a key inserts
   whatever it is given. #}
{% macro append_strategy() -%}
    {{ return(adapter.dispatch('append_strategy')()) }}
{%- endmacro %}

{% macro default__append_strategy() -%}
    {{ exceptions.raise_compiler_error("append_strategy is not written for " ~ target.type ~ "; add " ~ target.type ~ "__append_strategy to macros/cross_db/append_strategy.sql") }}
{%- endmacro %}

{% macro duckdb__append_strategy() -%}
    {{ return('append') }}
{%- endmacro %}

{% macro bigquery__append_strategy() -%}
    {{ return('merge') }}
{%- endmacro %}

{% macro snowflake__append_strategy() -%}
    {{ return('append') }}
{%- endmacro %}
