{# Sources named in the variable event_sources are on; with an empty list, those whose table exists. #}
{% macro is_event_source_on(source_name, table_name) -%}
    {%- set chosen = var('event_sources') -%}
    {%- if chosen -%}
        {{ return(source_name in chosen) }}
    {%- endif -%}
    {%- if not execute -%}
        {{ return(true) }}
    {%- endif -%}
    {{ return(existing_relation(source(source_name, table_name)) is not none) }}
{%- endmacro %}
