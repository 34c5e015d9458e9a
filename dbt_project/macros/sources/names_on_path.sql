{# Names of the events on the critical path, to be written out where all that was ever loaded is read: the engine then leaves
   the other rows out while it scans. Empty where a slice is read, which is small, and where the names are not known yet. #}
{% macro names_on_path() -%}
    {%- set names = kept_relation('int_event_names') if execute and not slice_state() else none -%}
    {%- if names is none -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(run_query('select distinct event_name from ' ~ names).columns[0].values() | sort) }}
{%- endmacro %}

{# Without a name every event is meant. #}
{% macro is_named(column, names) -%}
    {%- if names -%}
        {{ column }} in ({% for name in names %}{{ text_literal(name) }}{{ ', ' if not loop.last }}{% endfor %})
    {%- else -%}
        1 = 1
    {%- endif -%}
{%- endmacro %}
