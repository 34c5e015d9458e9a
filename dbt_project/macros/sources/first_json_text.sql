{# The first of several keys of a JSON object that holds a text. #}
{% macro first_json_text(value, keys) -%}
    coalesce(
        {%- for key in keys %}
        nullif({{ json_text(value, key) }}, ''){{ ',' if not loop.last }}
        {%- endfor %},
        cast(null as {{ dbt.type_string() }})
    )
{%- endmacro %}
