{# Whether messages may leave for any address: in shadow none leaves at all, and prod is what the product is for.
   Reads `as_of.namespace`. #}
{% macro writes_to_everybody() -%}
    (as_of.namespace not like '%/live' or as_of.namespace like 'prod/%')
{%- endmacro %}
