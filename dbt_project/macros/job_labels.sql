{# The comment of each statement, which is a job's labels on BigQuery: the same words as on the jobs of the ledger, so that one
   filter finds everything that this pipeline costs. #}
{% macro job_labels(node) -%}
    {%- set labels = {'product': 'milestone_agent', 'purpose': 'dbt'} -%}
    {%- if node is not none and node is not undefined -%}
        {%- do labels.update({'purpose': node.resource_type | string, 'node': node.name}) -%}
    {%- endif -%}
    {{ return(tojson(labels)) }}
{%- endmacro %}
