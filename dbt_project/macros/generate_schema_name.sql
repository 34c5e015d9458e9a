{# Schemas are public names: a custom schema stands as written, behind the prefix that keeps developers apart. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ env_var('MILESTONE_AGENT_SCHEMA_PREFIX', '') }}{{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
