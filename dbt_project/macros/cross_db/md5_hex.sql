{# The MD5 of a text as 32 hexadecimal digits. #}
{% macro md5_hex(text) -%}
    {{ return(adapter.dispatch('md5_hex')(text)) }}
{%- endmacro %}

{% macro default__md5_hex(text) -%}
    {{ exceptions.raise_compiler_error("md5_hex is not written for " ~ target.type ~ "; add " ~ target.type ~ "__md5_hex to macros/cross_db/md5_hex.sql") }}
{%- endmacro %}

{% macro duckdb__md5_hex(text) -%}
    md5({{ text }})
{%- endmacro %}

{% macro bigquery__md5_hex(text) -%}
    to_hex(md5({{ text }}))
{%- endmacro %}

{% macro snowflake__md5_hex(text) -%}
    md5({{ text }})
{%- endmacro %}
