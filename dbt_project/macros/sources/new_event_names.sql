{# Event names that the critical path has now and whose history was never read. #}
{% macro new_event_names(event_names) -%}
    {%- if not execute or not slice_state() -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set schema = generate_schema_name('onboarding_intermediate', none) | trim -%}
    {%- set kept = adapter.get_relation(database=target.database, schema=schema, identifier='int_event_names_kept') -%}
    {%- set found = run_query(
        'select distinct event_name from ' ~ event_names
        ~ (' where event_name not in (select event_name from ' ~ kept ~ ')' if kept else '')
    ) -%}
    {{ return(found.columns[0].values() | list) }}
{%- endmacro %}
