{# The id of a nudge: a hash of what makes it the same nudge. Every field goes in behind its length, so that no two
   different nudges spell the same text. #}
{% macro nudge_id(namespace, account_id, cycle, milestone_key, tier, channel) -%}
    {%- set fields = [
        "'v1'", namespace, account_id, 'cast(' ~ cycle ~ ' as ' ~ dbt.type_string() ~ ')', milestone_key,
        'cast(' ~ tier ~ ' as ' ~ dbt.type_string() ~ ')', channel
    ] -%}
    {%- set parts = [] -%}
    {%- for field in fields -%}
        {%- do parts.append('(cast(length(' ~ field ~ ') as ' ~ dbt.type_string() ~ ") || ':' || " ~ field ~ ')') -%}
    {%- endfor -%}
    {{ md5_hex(parts | join(' || ')) }}
{%- endmacro %}
