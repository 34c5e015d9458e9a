{# The instant up to which the stored state of accounts is known to be complete, as text; none when it has to be computed
   anew: on the first build, after --full-refresh, when a model that keeps state is missing, when a model was changed, or when events are read
   again from some day on.

   What changed after that instant is computed again. A tick that fails half-way leaves the instant where it was. A replay
   of an instant that was computed before begins anew, because its changes would bear the very same instant.
   The memory is read here and not through ref: it is written after the models that read it. #}
{% macro computed_through() -%}
    {%- if not execute or flags.FULL_REFRESH or reread_from() -%}
        {{ return(none) }}
    {%- endif -%}
    {%- for identifier in [
        'int_state_computed', 'int_account_ids_kept', 'int_group_calls_kept', 'int_user_groups_ordered',
        'int_identities_resolved', 'int_crm_holds_kept', 'int_milestones_completed', 'int_accounts_progressed',
        'int_holds_merged', 'int_account_clocks', 'int_nudges_timed', 'int_slips_timed'
    ] -%}
        {%- if kept_relation(identifier) is none -%}
            {{ return(none) }}
        {%- endif -%}
    {%- endfor -%}
    {%- if kept_relation('fct_account_milestones', schema='onboarding') is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set replayed_at = var('as_of', none) -%}
    {%- set is_seen = 'computed_through >= ' ~ text_to_instant("'" ~ replayed_at ~ "'") if replayed_at else '1 = 0' -%}
    {%- set found = run_query(
        'select ' ~ instant_to_text('computed_through') ~ ' as computed_through, models_hash from '
        ~ kept_relation('int_state_computed') ~ ' where not (' ~ is_seen ~ ')'
    ) -%}
    {%- if found.rows | length == 1 and found.rows[0][1] == models_hash() -%}
        {{ return(found.rows[0][0][:26] | replace('T', ' ')) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
