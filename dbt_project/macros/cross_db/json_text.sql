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
    coalesce(json_value({{ value }}, '$."{{ key }}"'), json_value({{ value }}, '$."{{ key }}"[0]'))
{%- endmacro %}

{# A cast would write out what is no scalar. #}
{% macro snowflake__json_text(value, key) -%}
    {%- set first = "get_path(try_parse_json(" ~ value ~ "), '\"" ~ key ~ "\"[0]')" -%}
    {%- set whole = "get_path(try_parse_json(" ~ value ~ "), '\"" ~ key ~ "\"')" -%}
    case
            when typeof({{ whole }}) = 'ARRAY' then case when typeof({{ first }}) not in ('ARRAY', 'OBJECT') then {{ first }}::varchar end
            when typeof({{ whole }}) <> 'OBJECT' then {{ whole }}::varchar
        end
{%- endmacro %}
