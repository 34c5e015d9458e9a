{# Whether a row comes from a source that is on: what was read of others before they were switched off counts no more. #}
{% macro is_of_enabled_source(source_name) -%}
    {%- set chosen = var('event_sources') -%}
    {%- if chosen -%}
        {{ source_name }} in ('{{ chosen | join("', '") }}')
    {%- else -%}
        1 = 1
    {%- endif -%}
{%- endmacro %}
