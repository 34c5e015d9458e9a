{# The words of a text in lower case with one space before, between and after them, so that `like '% word %'` finds
   whole words alone. Whatever is no letter of a to z and no digit parts words; an empty text has none. #}
{% macro words_of(value) -%}
    {{ return(adapter.dispatch('words_of')(value)) }}
{%- endmacro %}

{% macro default__words_of(value) -%}
    {{ exceptions.raise_compiler_error("words_of is not written for " ~ target.type ~ "; add " ~ target.type ~ "__words_of to macros/cross_db/words_of.sql") }}
{%- endmacro %}

{% macro duckdb__words_of(value) -%}
    (' ' || trim(regexp_replace(lower(coalesce({{ value }}, '')), '[^a-z0-9]+', ' ', 'g')) || ' ')
{%- endmacro %}

{% macro bigquery__words_of(value) -%}
    (' ' || trim(regexp_replace(lower(coalesce({{ value }}, '')), r'[^a-z0-9]+', ' ')) || ' ')
{%- endmacro %}

{% macro snowflake__words_of(value) -%}
    (' ' || trim(regexp_replace(lower(coalesce({{ value }}, '')), '[^a-z0-9]+', ' ')) || ' ')
{%- endmacro %}
