{# The environment and whether messages really leave: plans, caps and reports read one namespace only. #}
{% macro namespace_name() -%}
    {{ env_var('MILESTONE_AGENT_ENV', 'dev') }}/{{ 'live' if env_var('MILESTONE_AGENT_LIVE', '') == '1' else 'shadow' }}
{%- endmacro %}
