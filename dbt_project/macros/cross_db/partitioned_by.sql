{# The config partition_by of a large table. Months by default, because a statement of BigQuery writes to 4000 partitions at most and
   events may be decades old. Snowflake partitions by itself, DuckDB not at all. #}
{% macro partitioned_by(column, data_type='timestamp', granularity='month') -%}
    {{ return(adapter.dispatch('partitioned_by')(column, data_type, granularity)) }}
{%- endmacro %}

{% macro default__partitioned_by(column, data_type, granularity) -%}
    {{ exceptions.raise_compiler_error("partitioned_by is not written for " ~ target.type ~ "; add " ~ target.type ~ "__partitioned_by to macros/cross_db/partitioned_by.sql") }}
{%- endmacro %}

{% macro duckdb__partitioned_by(column, data_type, granularity) -%}
    {{ return(none) }}
{%- endmacro %}

{% macro bigquery__partitioned_by(column, data_type, granularity) -%}
    {{ return({'field': column, 'data_type': data_type, 'granularity': granularity}) }}
{%- endmacro %}

{% macro snowflake__partitioned_by(column, data_type, granularity) -%}
    {{ return(none) }}
{%- endmacro %}
