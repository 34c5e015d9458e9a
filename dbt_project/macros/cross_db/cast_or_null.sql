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

{# BigQuery alone reads neither 12.0 as a whole number nor yes as true. #}
{% macro bigquery__cast_or_null(value, data_type) -%}
    {%- set text = 'safe_cast(' ~ value ~ ' as string)' -%}
    {%- if data_type == 'bigint' -%}
        coalesce(safe_cast({{ value }} as int64), safe_cast(round(safe_cast({{ text }} as bignumeric)) as int64))
    {%- elif data_type == 'boolean' -%}
        case when lower({{ text }}) in ('true', 't', 'yes', 'y', '1') then true when lower({{ text }}) in ('false', 'f', 'no', 'n', '0') then false end
    {%- else -%}
        safe_cast({{ value }} as {{ data_type }})
    {%- endif -%}
{%- endmacro %}

{% macro snowflake__cast_or_null(value, data_type) -%}
    try_cast(cast({{ value }} as varchar) as {{ data_type }})
{%- endmacro %}
