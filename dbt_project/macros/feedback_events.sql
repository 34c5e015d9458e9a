{# What is said against being written to at all. #}
{% macro complaints() -%}
    'spam_reported', 'negative_reply', 'complaint_to_csm'
{%- endmacro %}

{# What stands against a message: a complaint, or that a person or an address does not take it. #}
{% macro objections() -%}
    'unsubscribed', 'bounced', {{ complaints() }}
{%- endmacro %}
