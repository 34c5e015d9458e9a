{# The day from which on raw events are read again, because rows of it were deleted or corrected, as the text of its first
   instant; none in an ordinary tick, and where everything is read anyway. What was loaded before it stands as it was. #}
{% macro reread_from() -%}
    {{ return(var('reread_from', none) if slice_state() else none) }}
{%- endmacro %}
