{# The text of a column whose type is JSON. BigQuery does not cast it. #}
{% macro json_to_text(value) -%}
    {{ return(adapter.dispatch('json_to_text')(value)) }}
{%- endmacro %}

{% macro default__json_to_text(value) -%}
    {{ exceptions.raise_compiler_error("json_to_text is not written for " ~ target.type ~ "; add " ~ target.type ~ "__json_to_text to macros/cross_db/json_to_text.sql") }}
{%- endmacro %}

{% macro duckdb__json_to_text(value) -%}
    cast({{ value }} as varchar)
{%- endmacro %}

{% macro bigquery__json_to_text(value) -%}
    {#- Of null it writes the word. -#}
    case when {{ value }} is not null then to_json_string({{ value }}) end
{%- endmacro %}

{% macro snowflake__json_to_text(value) -%}
    cast({{ value }} as varchar)
{%- endmacro %}
