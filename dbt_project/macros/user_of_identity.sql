{# The user that an event tells of: none where it names a group, which says all; the users behind it would be most of the
   rows and tell nothing. #}
{% macro user_of_identity(events) -%}
    case when {{ events }}.group_hint is null then coalesce({{ events }}.user_id, '') else '' end
{%- endmacro %}
