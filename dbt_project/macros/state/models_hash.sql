{# A hash over the text of all models and the choice of sources: what others have computed is computed again. #}
{% macro models_hash() -%}
    {%- set checksums = [] -%}
    {%- for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') -%}
        {%- do checksums.append(node.unique_id ~ ':' ~ node.checksum.checksum) -%}
    {%- endfor -%}
    {%- set event_sources = var('event_sources') | sort | join(',') -%}
    {{ return(local_md5(checksums | sort | join('|') ~ '|' ~ event_sources)) }}
{%- endmacro %}
