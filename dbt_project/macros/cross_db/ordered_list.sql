{# The values of a group joined to one text in an order; null for none. #}
{% macro ordered_list(value, separator, order_by) -%}
    {{ return(adapter.dispatch('ordered_list')(value, separator, order_by)) }}
{%- endmacro %}

{% macro default__ordered_list(value, separator, order_by) -%}
    {{ exceptions.raise_compiler_error("ordered_list is not written for " ~ target.type ~ "; add " ~ target.type ~ "__ordered_list to macros/cross_db/ordered_list.sql") }}
{%- endmacro %}

{% macro duckdb__ordered_list(value, separator, order_by) -%}
    string_agg({{ value }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro bigquery__ordered_list(value, separator, order_by) -%}
    string_agg({{ value }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro snowflake__ordered_list(value, separator, order_by) -%}
    nullif(listagg({{ value }}, '{{ separator }}') within group (order by {{ order_by }}), '')
{%- endmacro %}
