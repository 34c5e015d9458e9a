{# The instant so many microseconds later. dbt.dateadd is no help: on BigQuery it leaves TIMESTAMP for DATETIME. #}
{% macro add_microseconds(instant, microseconds) -%}
    {{ return(adapter.dispatch('add_microseconds')(instant, microseconds)) }}
{%- endmacro %}

{% macro default__add_microseconds(instant, microseconds) -%}
    {{ exceptions.raise_compiler_error("add_microseconds is not written for " ~ target.type ~ "; add " ~ target.type ~ "__add_microseconds to macros/cross_db/add_microseconds.sql") }}
{%- endmacro %}

{% macro duckdb__add_microseconds(instant, microseconds) -%}
    ({{ instant }} + to_microseconds({{ microseconds }}))
{%- endmacro %}

{% macro bigquery__add_microseconds(instant, microseconds) -%}
    timestamp_add({{ instant }}, interval {{ microseconds }} microsecond)
{%- endmacro %}

{% macro snowflake__add_microseconds(instant, microseconds) -%}
    dateadd(microsecond, {{ microseconds }}, {{ instant }})
{%- endmacro %}
