{# A condition is true of every row; null does not count as true. On a column, the condition begins behind its name.

   expression: a boolean expression over the model's columns #}
{% test expression_holds(model, expression, column_name=none) %}
select *
from {{ model }}
where not coalesce({{ column_name ~ ' ' if column_name else '' }}{{ expression }}, false)
{% endtest %}
