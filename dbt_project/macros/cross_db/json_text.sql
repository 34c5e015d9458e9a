{# The text of a scalar, or of the first element of a list, under a key of a JSON object; null if there is none or the text is not JSON. #}
{% macro json_text(value, key) -%}
    {{ return(adapter.dispatch('json_text')(value, key)) }}
{%- endmacro %}

{% macro default__json_text(value, key) -%}
    {{ exceptions.raise_compiler_error("json_text is not written for " ~ target.type ~ "; add " ~ target.type ~ "__json_text to macros/cross_db/json_text.sql") }}
{%- endmacro %}

{% macro duckdb__json_text(value, key) -%}
    coalesce(json_value(try_cast({{ value }} as json), '$."{{ key }}"') ->> '$', json_value(try_cast({{ value }} as json), '$."{{ key }}"[0]') ->> '$')
{%- endmacro %}

{% macro bigquery__json_text(value, key) -%}
    {#- json_value of a text reads on until the text is broken. -#}
    {%- set parsed = "safe.parse_json(" ~ value ~ ", wide_number_mode => 'round')" -%}
    coalesce(json_value({{ parsed }}, '$."{{ key }}"'), json_value({{ parsed }}, '$."{{ key }}"[0]'))
{%- endmacro %}

{% macro snowflake__json_text(value, key) -%}
    {#- A list begins with a bracket and an object with a brace, as a text begins with a quote. -#}
    {%- set found = "get_path(try_parse_json(" ~ value ~ "), '\"" ~ key ~ "\"')" -%}
    case left(to_json({{ found }}), 1)
        when '{' then null
        when '[' then case when left(to_json({{ found }}[0]), 1) not in ('{', '[') then cast({{ found }}[0] as varchar) end
        else cast({{ found }} as varchar)
    end
{%- endmacro %}
