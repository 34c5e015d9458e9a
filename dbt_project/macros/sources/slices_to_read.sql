{# The slices of slice_state, each moved on to the first day of loading whose number of raw rows is not the one that was
   read: an overlap is there for late rows, and where none came there is nothing to read again. A source without such a
   day is read from its newest day on. What is read again on purpose is read from that day on. After a change of the models the whole overlap is read. #}
{% macro slices_to_read() -%}
    {%- set slices = slice_state() -%}
    {%- if reread_from() -%}
        {%- set reread = [] -%}
        {%- for slice in slices -%}
            {%- do reread.append({'source_name': slice.source_name, 'read_from': reread_from()}) -%}
        {%- endfor -%}
        {{ return(reread) }}
    {%- endif -%}
    {%- set days = kept_relation('int_days_loaded') if slices else none -%}
    {%- if days is none or not computed_through() -%}
        {{ return(slices) }}
    {%- endif -%}
    {%- set found = run_query(first_days_to_read(days, slices)) -%}
    {%- set first_days = {} -%}
    {%- for row in found.rows -%}
        {%- do first_days.update({row[0]: row[1][:26]}) -%}
    {%- endfor -%}
    {%- set moved = [] -%}
    {%- for slice in slices -%}
        {%- do moved.append({
            'source_name': slice.source_name,
            'read_from': first_days.get(slice.source_name, slice.read_from)
        }) -%}
    {%- endfor -%}
    {{ return(moved) }}
{%- endmacro %}

{% macro first_days_to_read(days, slices) -%}
    select
        events_by_day.source_name,
        {{ instant_to_text('cast(coalesce(
            min(case when coalesce(days.event_rows <> events_by_day.event_rows, true) then events_by_day.loaded_on end),
            max(events_by_day.loaded_on)
        ) as timestamp)') }} as read_from
    from (
        select
            events.source_name,
            cast(events.loaded_partition as date) as loaded_on,
            count(*) as event_rows
        from (
            {{ judged_events(slices) | indent(12) }}
        ) as events
        where events.loaded_partition is not null
        group by events.source_name, cast(events.loaded_partition as date)
    ) as events_by_day
    left join {{ days }} as days
        on
            events_by_day.source_name = days.source_name
            and events_by_day.loaded_on = days.loaded_on
    group by events_by_day.source_name
{%- endmacro %}
