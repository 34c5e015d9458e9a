{# The config partition_by of a large table. Months, because a statement of BigQuery writes to 4000 partitions at most and events
   may be decades old. Snowflake partitions by itself, DuckDB not at all. #}
{% macro partitioned_by(column, data_type='timestamp') -%}
    {{ return(adapter.dispatch('partitioned_by')(column, data_type)) }}
{%- endmacro %}

{% macro default__partitioned_by(column, data_type) -%}
    {{ exceptions.raise_compiler_error("partitioned_by is not written for " ~ target.type ~ "; add " ~ target.type ~ "__partitioned_by to macros/cross_db/partitioned_by.sql") }}
{%- endmacro %}

{% macro duckdb__partitioned_by(column, data_type) -%}
    {{ return(none) }}
{%- endmacro %}

{% macro bigquery__partitioned_by(column, data_type) -%}
    {{ return({'field': column, 'data_type': data_type, 'granularity': 'month'}) }}
{%- endmacro %}

{% macro snowflake__partitioned_by(column, data_type) -%}
    {{ return(none) }}
{%- endmacro %}
