{# Monday 1 to Sunday 7. #}
{% macro iso_weekday(day) -%}
    {{ return(adapter.dispatch('iso_weekday')(day)) }}
{%- endmacro %}

{% macro default__iso_weekday(day) -%}
    {{ exceptions.raise_compiler_error("iso_weekday is not written for " ~ target.type ~ "; add " ~ target.type ~ "__iso_weekday to macros/cross_db/iso_weekday.sql") }}
{%- endmacro %}

{% macro duckdb__iso_weekday(day) -%}
    isodow({{ day }})
{%- endmacro %}

{% macro bigquery__iso_weekday(day) -%}
    mod(extract(dayofweek from {{ day }}) + 5, 7) + 1
{%- endmacro %}

{% macro snowflake__iso_weekday(day) -%}
    dayofweekiso({{ day }})
{%- endmacro %}
