{# Any text written into the SQL. Snowflake and BigQuery read a backslash as the begin of an escape, and
   dbt.escape_single_quotes thinks of quotes alone. #}
{% macro text_literal(text) -%}
    {{ return(adapter.dispatch('text_literal')(text)) }}
{%- endmacro %}

{% macro default__text_literal(text) -%}
    {{ exceptions.raise_compiler_error("text_literal is not written for " ~ target.type ~ "; add " ~ target.type ~ "__text_literal to macros/cross_db/text_literal.sql") }}
{%- endmacro %}

{% macro duckdb__text_literal(text) -%}
    {{ "'" ~ (text | replace("'", "''")) ~ "'" }}
{%- endmacro %}

{# A text in single quotes may not go over a line. #}
{% macro bigquery__text_literal(text) -%}
    {{ "'" ~ (text | replace('\\', '\\\\') | replace("'", "\\'") | replace('\n', '\\n') | replace('\r', '\\r')) ~ "'" }}
{%- endmacro %}

{% macro snowflake__text_literal(text) -%}
    {{ "'" ~ (text | replace('\\', '\\\\') | replace("'", "''")) ~ "'" }}
{%- endmacro %}
