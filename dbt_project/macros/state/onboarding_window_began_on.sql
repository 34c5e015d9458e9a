{# A day earlier than reckoned, because an event may be loaded some minutes before the clock of its sender says that it
   happened. Of the present plan, so that the text of a model holds it as a literal. #}
{% macro onboarding_window_began_on(as_of, limits) -%}
    {%- if not execute or existing_relation(as_of) is none or existing_relation(limits) is none -%}
        {{ return('1970-01-01') }}
    {%- endif -%}
    {%- set began_at = add_microseconds('max(as_of.tick_at)', '-1 * max(limits.onboarding_window_microseconds)') -%}
    {%- set found = run_query(
        'select cast(' ~ days_after('cast(' ~ began_at ~ ' as date)', '-1') ~ ' as ' ~ dbt.type_string() ~ ') as began_on '
        ~ 'from ' ~ as_of ~ ' as as_of cross join ' ~ limits ~ ' as limits'
    ) -%}
    {{ return(found.rows[0][0] or '1970-01-01') }}
{%- endmacro %}
