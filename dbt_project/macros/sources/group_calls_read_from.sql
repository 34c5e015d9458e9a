{# From which load time on group calls have to be read, as text; none for all of them. What is kept says itself how far it
   goes, less the overlap of the event slices. #}
{% macro group_calls_read_from() -%}
    {%- set kept = kept_relation('int_group_calls_kept') if execute and not flags.FULL_REFRESH else none -%}
    {%- set limits = kept_relation('int_limits') if kept is not none else none -%}
    {%- if limits is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set found = run_query(
        'select ' ~ instant_to_text(add_microseconds('max(kept.loaded_at)', '-1 * max(limits.slice_overlap_microseconds)'))
        ~ ' as read_from from ' ~ kept ~ ' as kept cross join ' ~ limits ~ ' as limits'
    ) -%}
    {%- set read_from = found.rows[0][0] -%}
    {{ return(read_from[:26] | replace('T', ' ') if read_from else none) }}
{%- endmacro %}
