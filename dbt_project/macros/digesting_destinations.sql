{# Where several nudges leave as one message. Elsewhere each would be one more message to a CSM who has had enough. #}
{% macro digesting_destinations() -%}
    {{ return(['slack']) }}
{%- endmacro %}
