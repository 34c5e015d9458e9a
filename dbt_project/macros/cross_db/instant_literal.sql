{# A UTC instant written into the SQL, so that the engine can prune with it. #}
{% macro instant_literal(text) -%}
    {{ return(adapter.dispatch('instant_literal')(text)) }}
{%- endmacro %}

{% macro default__instant_literal(text) -%}
    {{ exceptions.raise_compiler_error("instant_literal is not written for " ~ target.type ~ "; add " ~ target.type ~ "__instant_literal to macros/cross_db/instant_literal.sql") }}
{%- endmacro %}

{% macro duckdb__instant_literal(text) -%}
    timestamp '{{ text }}'
{%- endmacro %}

{% macro bigquery__instant_literal(text) -%}
    timestamp '{{ text }}+00:00'
{%- endmacro %}

{% macro snowflake__instant_literal(text) -%}
    cast('{{ text }}' as timestamp_ntz)
{%- endmacro %}
