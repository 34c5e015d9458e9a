{# The day from which on raw events are read again, because rows of it were deleted or corrected, as the text of its first
   instant; none in an ordinary tick. What was loaded before it stands as it was. #}
{% macro reread_from() -%}
    {{ return(var('reread_from', none)) }}
{%- endmacro %}
