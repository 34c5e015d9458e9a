{# The part of a text at a position, from 0 on, of those that a separator parts; null or empty beyond the last. The position is an
   expression: dbt's own split_part takes numbers alone on BigQuery. #}
{% macro part_of(text, separator, position) -%}
    {{ return(adapter.dispatch('part_of')(text, separator, position)) }}
{%- endmacro %}

{% macro default__part_of(text, separator, position) -%}
    {{ exceptions.raise_compiler_error("part_of is not written for " ~ target.type ~ "; add " ~ target.type ~ "__part_of to macros/cross_db/part_of.sql") }}
{%- endmacro %}

{% macro duckdb__part_of(text, separator, position) -%}
    split_part({{ text }}, '{{ separator }}', cast({{ position }} + 1 as integer))
{%- endmacro %}

{% macro bigquery__part_of(text, separator, position) -%}
    split({{ text }}, '{{ separator }}')[safe_offset({{ position }})]
{%- endmacro %}

{% macro snowflake__part_of(text, separator, position) -%}
    split_part({{ text }}, '{{ separator }}', cast({{ position }} + 1 as integer))
{%- endmacro %}
