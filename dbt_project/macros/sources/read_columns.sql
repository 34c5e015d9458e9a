{# Reads the columns of a raw table under their own names in the types that staging expects. A table or column that
   the user does not have reads as empty; a value that is no such type reads as null.

   columns: name -> 'string' | 'integer' | 'double' | 'boolean' | 'instant', or, for a column that may have one of
   several names, such as 'instant of uuid_ts, received_at': the first that is there. Where loaded_partition is stored
   as a timestamp it is passed on bare, so that a bound on it still prunes the raw table. #}
{% macro read_columns(relation, columns, is_on=true) -%}
    {%- set found = existing_relation(relation) if execute and is_on else none -%}
    {%- set types = {} -%}
    {%- if found is not none -%}
        {%- for column in adapter.get_columns_in_relation(found) -%}
            {%- do types.update({column.name | lower: {'type': column.dtype | lower, 'name': column.name}}) -%}
        {%- endfor -%}
    {%- endif -%}
    select
    {%- for name, wanted in columns.items() %}
        {%- set kind = wanted.split(' of ')[0] %}
        {%- set candidates = wanted.split(' of ')[1].split(', ') if ' of ' in wanted else [name] %}
        {%- set stored = candidates | select('in', types) | first %}
        {% if stored -%}
            {%- set column = adapter.quote(types[stored]['name']) -%}
            {{ read_value(column, types[stored]['type'], kind, is_bare=(name == 'loaded_partition')) }}
        {%- else -%}
            cast(null as {{ kind_type(kind) }})
        {%- endif %} as {{ adapter.quote(name) if name in ['timestamp', 'time', 'groups'] else name }}{{ ',' if not loop.last }}
    {%- endfor %}
    {%- if found is not none %}
    from {{ found }}
    {%- else %}
    from (select 1 as nothing) as absent
    where 1 = 0
    {%- endif %}
{%- endmacro %}

{% macro kind_type(kind) -%}
    {%- if kind == 'instant' -%} timestamp
    {%- elif kind == 'double' -%} {{ double_type() }}
    {%- elif kind == 'integer' -%} bigint
    {%- elif kind == 'boolean' -%} boolean
    {%- else -%} {{ dbt.type_string() }}
    {%- endif -%}
{%- endmacro %}

{% macro read_value(column, stored_type, kind, is_bare=false) -%}
    {%- if kind == 'instant' -%}
        {%- if stored_type in ['timestamp', 'timestamp without time zone', 'timestamp_ntz', 'timestamp_us'] -%}
            {{ column if is_bare else in_microseconds(column) }}
        {%- elif 'timestamp' in stored_type -%}
            {{ zoned_to_instant(column) }}
        {%- elif stored_type in ['date', 'datetime'] -%}
            {#- BigQuery's DATETIME has no zone and is not compared with an instant. -#}
            cast({{ column }} as timestamp)
        {%- elif stored_type in [
            'bigint', 'integer', 'int64', 'number', 'double', 'float64', 'float', 'hugeint', 'ubigint', 'uhugeint', 'uinteger', 'smallint'
        ] or stored_type.startswith('decimal') -%}
            {#- unix seconds, as Mixpanel exports them; milliseconds where the name says so -#}
            {{ instant_from_number(column, 1000 if '_ms' in column | lower else 1000000) }}
        {%- else -%}
            {{ text_to_instant('cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')') }}
        {%- endif -%}
    {%- elif kind == 'string' and stored_type == 'json' -%}
        {{ json_to_text(column) }}
    {%- elif kind == 'string' -%}
        cast({{ column }} as {{ dbt.type_string() }})
    {%- else -%}
        {{ cast_or_null(column, kind_type(kind)) }}
    {%- endif -%}
{%- endmacro %}
