{# What was decided on nudges before this tick, and when that began: a select with nudge_id, reason_code and tick_at.
   The table comes after its readers in the graph, so it is read as earlier ticks have left it. #}
{% macro decision_changes() -%}
    {%- set changes = kept_relation('fct_nudge_decision_changes', schema='onboarding') -%}
    {%- if changes -%}
    select
        nudge_id,
        reason_code,
        tick_at
    from {{ changes }}
    {%- else -%}
    select
        cast(null as {{ dbt.type_string() }}) as nudge_id,
        cast(null as {{ dbt.type_string() }}) as reason_code,
        cast(null as timestamp) as tick_at
    from (select 1 as nothing) as absent
    where 1 = 0
    {%- endif -%}
{%- endmacro %}
