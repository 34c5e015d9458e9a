{# How long before as_of slips are still looked at: the four weeks before the last tick, which may be five weeks ago. #}
{% macro slips_looked_back() -%}
    {{ return(63 * 24 * 3600000000) }}
{%- endmacro %}

{# Whether any slip of an account can still be looked at: each lies within its onboarding window. `accounts` is a relation
   with signed_up_at of the query, which has as_of and limits as well. #}
{% macro is_looked_back_at(accounts) -%}
    {{ accounts }}.signed_up_at > {{ add_microseconds(
            'as_of.as_of',
            '-1 * (limits.onboarding_window_microseconds + ' ~ slips_looked_back() ~ ')'
        ) }}
{%- endmacro %}
