{# A hash over the text of all models and macros and the choice of sources: what others have computed is
   computed again. #}
{% macro models_hash() -%}
    {%- set texts = [] -%}
    {%- for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') -%}
        {%- do texts.append(node.unique_id ~ ':' ~ node.checksum.checksum) -%}
    {%- endfor -%}
    {%- for name, callable in context.items() if callable.macro is defined -%}
        {%- if callable.macro.package_name == project_name -%}
            {%- do texts.append(callable.macro.unique_id ~ ':' ~ callable.macro.macro_sql) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set event_sources = var('event_sources') | sort | join(',') -%}
    {{ return(local_md5(texts | sort | join('|') ~ '|' ~ event_sources)) }}
{%- endmacro %}
