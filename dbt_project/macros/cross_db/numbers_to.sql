{# Rows with one column n, 0 to the bound. The bound is a number known when the SQL is written. #}
{% macro numbers_to(bound) -%}
    {{ return(adapter.dispatch('numbers_to')(bound)) }}
{%- endmacro %}

{% macro default__numbers_to(bound) -%}
    {{ exceptions.raise_compiler_error("numbers_to is not written for " ~ target.type ~ "; add " ~ target.type ~ "__numbers_to to macros/cross_db/numbers_to.sql") }}
{%- endmacro %}

{% macro duckdb__numbers_to(bound) -%}
    select range as n from range(0, {{ bound }} + 1)
{%- endmacro %}

{% macro bigquery__numbers_to(bound) -%}
    {#- An array has its limits, and two of them have none that matters. -#}
    select 1000 * thousands + ones as n
    from unnest(generate_array(0, div({{ bound }}, 1000))) as thousands
    cross join unnest(generate_array(0, 999)) as ones
    where 1000 * thousands + ones <= {{ bound }}
{%- endmacro %}

{% macro snowflake__numbers_to(bound) -%}
    select row_number() over (order by null) - 1 as n from table(generator(rowcount => {{ bound }} + 1))
{%- endmacro %}
