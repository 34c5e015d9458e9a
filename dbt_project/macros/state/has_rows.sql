{# Whether a relation of this build has such rows: what is read only for them may be left out of the SQL otherwise. Before the
   relation was ever built nothing is left out. #}
{% macro has_rows(relation, condition) -%}
    {%- if not execute or existing_relation(relation) is none -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set found = run_query('select count(*) as such_rows from ' ~ relation ~ ' where ' ~ condition) -%}
    {{ return(found.rows[0][0] > 0) }}
{%- endmacro %}
