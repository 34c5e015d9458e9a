{# How long the clock of an account stood still in all, by the holds of the CRM that have an end.

   crm_holds: name of a CTE with account_id, held_from, held_until (null: open)
   Gives account_id, microseconds_held. #}
{% macro summed_holds(crm_holds) -%}
    select
        account_id,
        sum({{ microseconds_between('held_from', 'held_until') }}) as microseconds_held
    from {{ crm_holds }}
    where held_until is not null
    group by account_id
{%- endmacro %}
