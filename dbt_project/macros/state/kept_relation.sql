{# A model as it stands in the warehouse from an earlier build; none if it is not there. For models that
   look at what comes after them in the graph. #}
{% macro kept_relation(identifier, schema='onboarding_intermediate') -%}
    {%- if not execute -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(adapter.get_relation(
        database=target.database,
        schema=generate_schema_name(schema, none) | trim,
        identifier=identifier
    )) }}
{%- endmacro %}
