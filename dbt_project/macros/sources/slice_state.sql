{# What int_slices_loaded remembers of the last complete read, as a list of rows; empty when everything has to be read:
   on the first build, after --full-refresh, or when a model that keeps what was read is missing.

   The memory is read here and not through ref: it is written after the models that read it. #}
{% macro slice_state() -%}
    {%- if not execute or flags.FULL_REFRESH -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set schema = generate_schema_name('onboarding_intermediate', none) | trim -%}
    {%- set kept = [
        'int_slices_loaded', 'int_events_kept', 'int_users_active_daily', 'int_event_rows_daily', 'int_unusable_events_counted',
        'int_identities_seen'
    ] -%}
    {%- for identifier in kept -%}
        {%- if adapter.get_relation(database=target.database, schema=schema, identifier=identifier) is none -%}
            {{ return([]) }}
        {%- endif -%}
    {%- endfor -%}
    {%- set memory = adapter.get_relation(database=target.database, schema=schema, identifier='int_slices_loaded') -%}
    {%- set found = run_query(
        'select source_name, ' ~ instant_to_text('read_from') ~ ' as read_from, '
        ~ instant_to_text('received_through') ~ ' as received_through, '
        ~ instant_to_text(add_microseconds('loaded_through', '-3600000000')) ~ ' as nearly_all_read_until from ' ~ memory
    ) -%}
    {%- set rows = [] -%}
    {%- for row in found.rows -%}
        {%- do rows.append({
            'source_name': row[0],
            'read_from': row[1][:26],
            'received_through': row[2][:26] if row[2] else none,
            'nearly_all_read_until': row[3][:26]
        }) -%}
    {%- endfor -%}
    {{ return(rows) }}
{%- endmacro %}

{# The same slices without their overlap, to look for news between two ticks: an hour before the newest row that the last one
   read. What becomes visible with an older load time is found by the next tick. #}
{% macro slices_since_plan() -%}
    {%- set since = [] -%}
    {%- for slice in slice_state() -%}
        {%- do since.append({'source_name': slice.source_name, 'read_from': slice.nearly_all_read_until}) -%}
    {%- endfor -%}
    {{ return(since) }}
{%- endmacro %}
