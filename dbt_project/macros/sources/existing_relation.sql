{# The relation as the warehouse has it, none if it has it not. #}
{% macro existing_relation(relation) -%}
    {{ return(adapter.get_relation(database=relation.database, schema=relation.schema, identifier=relation.identifier)) }}
{%- endmacro %}
