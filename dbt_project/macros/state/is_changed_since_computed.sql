{# Whether a row changed since the state was last computed: true for every row when it has to be computed anew. #}
{% macro is_changed_since_computed(changed_at) -%}
    {%- set since = computed_through() -%}
    {%- if since -%}
        {{ changed_at }} > {{ instant_literal(since) }}
    {%- else -%}
        1 = 1
    {%- endif -%}
{%- endmacro %}
