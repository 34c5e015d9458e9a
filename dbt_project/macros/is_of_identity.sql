{# Whether an event, or a day of activity, is of an identity at its time: the group that it names itself says all, so the
   user counts only where none is named. Both are names of relations in the query; `occurred_at` is a column of events. #}
{% macro is_of_identity(events, identities, occurred_at='occurred_at') -%}
    {{ events }}.source_name = {{ identities }}.source_name
            and {{ events }}.group_hint = {{ identities }}.group_hint
            and case when {{ events }}.group_hint = '' then {{ events }}.user_id else '' end = {{ identities }}.user_id
            and {{ events }}.{{ occurred_at }} >= {{ identities }}.valid_from
            and {{ events }}.{{ occurred_at }} < {{ identities }}.valid_until
{%- endmacro %}
